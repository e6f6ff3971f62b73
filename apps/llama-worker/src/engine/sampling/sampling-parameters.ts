/** How the next token is chosen; vLLM's names and meanings. */
export interface SamplingParameters {
  /** 0: always the likeliest token. */
  readonly temperature: number;
  readonly topP: number;
  /** 0: no limit. */
  readonly topK: number;
  readonly minP: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  readonly repetitionPenalty: number;
  /** 32 bits; the same seed gives the same tokens. */
  readonly seed: number;
  /** Added to the logits, by token id. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** Tokens that may not come while fewer than `minTokens` have been generated. */
  readonly minTokens: number;
  readonly bannedUntilMinTokens: readonly number[];
  /** How many of the likeliest tokens come with their log probabilities; null: no log probabilities at all. */
  readonly topLogprobs: number | null;
}
