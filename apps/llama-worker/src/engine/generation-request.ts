import type { SamplingParameters } from './sampling/sampling-parameters';

/** One answer to generate. */
export interface GenerationRequest {
  readonly promptTokenIds: readonly number[];
  readonly sampling: SamplingParameters;
  readonly maxTokens: number;
  readonly stops: readonly string[];
  readonly stopTokenIds: readonly number[];
  readonly includesStop: boolean;
  readonly ignoresEndOfSequence: boolean;
  readonly skipsSpecialTokens: boolean;
}
