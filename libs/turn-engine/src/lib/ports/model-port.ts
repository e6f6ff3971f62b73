/** One generated token as the worker weighed it. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number | null;
  /** The likeliest tokens and their logprobs, where they were asked for. */
  readonly top: Readonly<Record<string, number>> | null;
}

export interface GenerationRequest {
  /** The whole context so far. */
  readonly contextIds: readonly number[];
  /** Strings that end the generation; the text ends exactly after the one that was hit. */
  readonly stops: readonly string[];
  readonly maxTokens: number;
}

/** Why a generation ended. A worker that gave up is not among them: it throws `worker_lost`. */
export type GenerationEnd =
  { readonly kind: 'stop-string'; readonly stop: string } | { readonly kind: 'end-of-sequence' } | { readonly kind: 'length' };

/** A piece of a generation. Text and ids are accounted apart: in one step the text may belong to earlier ids. */
export interface GenerationStep {
  readonly text: string;
  /** All ids that were generated, control tokens included. */
  readonly tokenIds: readonly number[];
  /** How many tokens were generated, where `tokenIds` are not the model's own ids. */
  readonly tokenCount?: number;
  /** Aligned with `tokenIds`; null where they were not asked for. */
  readonly logprobs: readonly TokenLogprob[] | null;
  /** Set on the last step only. */
  readonly end: GenerationEnd | null;
}

/** What a listener answers: where it is a promise, whoever tells waits for that; after `enough` no more is wanted. */
export type Heard = Promise<'enough' | void> | 'enough' | undefined;

/** Hears of a generation, step by step. */
export type StepListener = (step: GenerationStep) => Heard;

/** The answer of a listener to the last thing that it is to hear. */
export function enoughAfter(heard: Heard): Heard {
  return heard instanceof Promise ? heard.then(() => 'enough' as const) : 'enough';
}

export interface ChatMessage {
  readonly role: string;
  readonly content: unknown;
}

/** The model of one trajectory: the worker that serves it and its tokenizer. Sampling parameters are bound to it. */
export interface ModelPort {
  /** Tokens that fit the model's context. */
  readonly maxContextTokens: number;
  /**
   * Tells of every step; the last one has `end` set. Done when the last one has been heard.
   * @throws AppError `worker_lost` when the worker failed before the end; asked again, another worker takes over;
   * `no_worker` when none is left
   */
  generate(request: GenerationRequest, onStep: StepListener, signal: AbortSignal): Promise<void>;
  /** Ids of a text without any added ones. A control token spelled in the text becomes that token. */
  tokenize(text: string, signal: AbortSignal): Promise<readonly number[]>;
  /** Text of ids, control tokens spelled out. */
  detokenize(tokenIds: readonly number[], signal: AbortSignal): Promise<string>;
  /** Messages through the model's own chat template, with the prompt for the next answer. */
  renderChat(messages: readonly ChatMessage[], signal: AbortSignal): Promise<readonly number[]>;
}
