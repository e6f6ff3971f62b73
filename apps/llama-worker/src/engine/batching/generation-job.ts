import type { SampledToken } from '../language-model';
import type { SamplingParameters } from '../sampling/sampling-parameters';

/** One sequence to be generated, and who hears of it. */
export interface GenerationJob {
  readonly promptTokenIds: readonly number[];
  readonly sampling: SamplingParameters;
  readonly signal: AbortSignal;
  /** The job has got a sequence; so many tokens of its prompt were in the cache. */
  onStart(cachedTokens: number): void;
  /** Comes between two passes of the model, so it has to be quick. @returns whether generation goes on */
  onToken(token: SampledToken): boolean;
  /** Now is the time to tell the reader of the tokens so far. */
  deliver(): void;
  /** No token comes any more: the signal aborted (its reason), or the engine broke. */
  onError(error: unknown): void;
}
