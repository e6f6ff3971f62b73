import type { GenerationRequest } from './generation-request';
import type { Finish, GenerationStep } from './generation-step';
import type { SampledToken, Tokenizer } from './language-model';
import { IncrementalDetokenizer } from './text/incremental-detokenizer';
import { StopMatcher } from './text/stop-matcher';

/** Follows one answer token by token, as vLLM does: what its text is, and whether it is complete. */
export class AnswerText {
  private readonly detokenizer: IncrementalDetokenizer;
  private readonly matcher: StopMatcher;
  private tokens = 0;

  constructor(
    private readonly request: GenerationRequest,
    private readonly tokenizer: Tokenizer,
  ) {
    const options = { skipSpecialTokens: request.skipsSpecialTokens };
    this.detokenizer = new IncrementalDetokenizer((ids) => tokenizer.decode(ids, options), request.promptTokenIds);
    this.matcher = new StopMatcher(request.stops, request.includesStop);
  }

  push({ id, logprobs }: SampledToken): GenerationStep {
    this.tokens += 1;
    const isLongEnough = this.tokens > this.request.sampling.minTokens;
    const stopToken = this.stopTokenFinish(id);
    // A token that ends the answer is part of its text only where the stop string would be.
    const piece = stopToken && !this.isShownAtTheEnd(id) ? '' : this.detokenizer.push(id);
    const { text, hit } = this.matcher.push(piece, isLongEnough);
    const finish = hit !== null ? { reason: 'stop' as const, stopReason: hit } : (stopToken ?? this.lengthFinish());
    return { tokenId: id, text: finish && hit === null ? text + this.matcher.flush() : text, logprobs, finish };
  }

  private stopTokenFinish(id: number): Finish | null {
    if (!this.request.ignoresEndOfSequence && this.tokenizer.isEndOfSequence(id)) return { reason: 'stop', stopReason: null };
    return this.request.stopTokenIds.includes(id) ? { reason: 'stop', stopReason: id } : null;
  }

  private isShownAtTheEnd(id: number): boolean {
    return this.request.includesStop && !(this.request.skipsSpecialTokens && this.tokenizer.isEndOfSequence(id));
  }

  private lengthFinish(): Finish | null {
    return this.tokens >= this.request.maxTokens ? { reason: 'length', stopReason: null } : null;
  }
}
