import type { TokenLogprobs } from './language-model';

/** What one pass of the model added to an answer. Text may lag behind the ids: see the stop matcher. */
export interface GenerationStep {
  readonly tokenId: number;
  readonly text: string;
  readonly logprobs: TokenLogprobs | null;
  /** Set in the last step. */
  readonly finish: Finish | null;
}

export interface Finish {
  readonly reason: 'stop' | 'length';
  /** The stop string or the stop token that was hit; null at the end of sequence and at the token limit. */
  readonly stopReason: string | number | null;
}
