import { FakeTokenizer } from '@interleave/testing';
import type { ChatMessage, GenerationRequest, GenerationStep, ModelPort, StepListener } from '../src';
import { tellSteps } from './tell-steps';

/** A model that has one thing to say, in pieces of any size, and goes on with it wherever it was stopped. */
export class ContinuingModel implements ModelPort {
  readonly tokenizer = new FakeTokenizer();
  readonly maxContextTokens = 1_000_000;
  readonly requests: GenerationRequest[] = [];
  private said = 0;

  constructor(
    private readonly text: string,
    private readonly pieceLength: number,
  ) {}

  async generate(request: GenerationRequest, onStep: StepListener): Promise<void> {
    return tellSteps(this.steps(request), onStep);
  }

  private async *steps(request: GenerationRequest): AsyncGenerator<GenerationStep> {
    this.requests.push(request);
    const start = this.said;
    let count = 0;
    while (this.said < this.text.length) {
      await Promise.resolve();
      const before = this.said;
      const ahead = this.text.slice(start, before + this.pieceLength);
      const ends = request.stops
        .map((stop) => ahead.indexOf(stop) + stop.length)
        .filter((end, index) => end >= (request.stops[index]?.length ?? 0));
      const stopEnd = ends.length > 0 ? start + Math.min(...ends) : null;
      this.said = stopEnd ?? Math.min(this.text.length, before + this.pieceLength);
      const text = this.text.slice(before, this.said);
      const stop = stopEnd === null ? null : request.stops.find((candidate) => this.text.slice(start, stopEnd).endsWith(candidate));
      const tokenIds = this.tokenizer.encode(text);
      count += tokenIds.length;
      if (stop) return yield { text, tokenIds, logprobs: null, end: { kind: 'stop-string', stop } };
      yield { text, tokenIds, logprobs: null, end: count >= request.maxTokens ? { kind: 'length' } : null };
      if (count >= request.maxTokens) return;
    }
    yield { text: '', tokenIds: [this.tokenizer.eosId], logprobs: null, end: { kind: 'end-of-sequence' } };
  }

  tokenize(text: string): Promise<number[]> {
    return Promise.resolve(this.tokenizer.encode(text));
  }

  detokenize(ids: readonly number[]): Promise<string> {
    return Promise.resolve(this.tokenizer.decode(ids));
  }

  renderChat(messages: readonly ChatMessage[]): Promise<number[]> {
    const turns = messages.map(({ role, content }) => `<|im_start|>${role}\n${String(content)}<|im_end|>\n`);
    return this.tokenize(`${turns.join('')}<|im_start|>assistant\n`);
  }
}
