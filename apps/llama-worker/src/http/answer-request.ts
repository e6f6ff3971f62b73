/** What both completion routes have in common, once it is read and checked. */
export interface AnswerRequest<Prompt> {
  readonly prompts: readonly Prompt[];
  readonly n: number;
  readonly isStreamed: boolean;
  readonly includesUsage: boolean;
  readonly returnsTokenIds: boolean;
  readonly showsTokensAsIds: boolean;
  /** Null: as many as the context has room for. */
  readonly maxTokens: number | null;
  /** Whether a request that has no room for that many is refused, or gets what there is. */
  readonly isMaxTokensAsked: boolean;
  readonly options: AnswerOptions;
}

/** How each answer is generated, but for its prompt, its length and its seed. */
export interface AnswerOptions {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  readonly repetitionPenalty: number;
  /** Null: a random one. */
  readonly seed: number | null;
  readonly logitBias: ReadonlyMap<number, number>;
  readonly minTokens: number;
  readonly topLogprobs: number | null;
  readonly stops: readonly string[];
  readonly stopTokenIds: readonly number[];
  readonly includesStop: boolean;
  readonly ignoresEndOfSequence: boolean;
  readonly skipsSpecialTokens: boolean;
}
