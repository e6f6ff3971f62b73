import { AppError } from '@interleave/kernel';
import { FakeTokenizer } from '@interleave/testing';
import type { ChatMessage, GenerationRequest, GenerationStep, ModelPort, StepListener } from '../src';
import { tellSteps } from './tell-steps';

/** What the model says in one generation. `lostAfter`: the worker dies after that many tokens. */
export interface ScriptedReply {
  readonly text: string;
  readonly lostAfter?: number;
}

/** A model that says what the script says, token by token, with stop strings and control tokens as vLLM treats them. */
export class ScriptedModel implements ModelPort {
  readonly tokenizer = new FakeTokenizer();
  readonly requests: GenerationRequest[] = [];
  private readonly replies: ScriptedReply[];

  constructor(
    replies: readonly (string | ScriptedReply)[],
    readonly maxContextTokens = 2048,
  ) {
    this.replies = replies.map((reply) => (typeof reply === 'string' ? { text: reply } : reply));
  }

  async generate(request: GenerationRequest, onStep: StepListener, signal: AbortSignal): Promise<void> {
    return tellSteps(this.steps(request, signal), onStep);
  }

  private async *steps(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<GenerationStep> {
    this.requests.push({ ...request, contextIds: [...request.contextIds] });
    const reply = this.replies.shift();
    if (!reply) throw new Error('the script has no reply left');
    const ids = [...this.tokenizer.encode(reply.text), this.tokenizer.eosId];
    let shown = '';
    for (const [position, id] of ids.entries()) {
      await Promise.resolve();
      signal.throwIfAborted();
      if (position === reply.lostAfter) throw new AppError('worker_lost', 'The worker died.', { isRetryable: true });
      const full = this.tokenizer.decodeVisible(ids.slice(0, position + 1));
      const stop = earliestStop(full, request.stops);
      const isLast = id === this.tokenizer.eosId || position + 1 === request.maxTokens;
      // Half a character waits for its other half.
      const text = (stop ? full.slice(0, stop.end) : isLast ? full : full.replace(/\uFFFD+$/, '')).slice(shown.length);
      shown += text;
      const step = { text, tokenIds: [id], logprobs: null };
      if (stop) return yield { ...step, end: { kind: 'stop-string', stop: stop.text } };
      if (id === this.tokenizer.eosId) return yield { ...step, end: { kind: 'end-of-sequence' } };
      if (position + 1 === request.maxTokens) return yield { ...step, end: { kind: 'length' } };
      yield { ...step, end: null };
    }
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

function earliestStop(text: string, stops: readonly string[]): { end: number; text: string } | null {
  const hits = stops
    .map((stop) => ({ end: text.indexOf(stop) + stop.length, text: stop, isHit: text.includes(stop) }))
    .filter(({ isHit }) => isHit);
  return hits.sort((left, right) => left.end - right.end)[0] ?? null;
}
