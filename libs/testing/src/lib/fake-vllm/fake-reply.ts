/** What the "model" says to one prompt, and what goes wrong meanwhile. */
export interface FakeReply {
  /** Tokenised by the fake's own tokenizer, so that spellings of control tokens become control tokens. */
  readonly text?: string;
  /** In place of `text`, where a test wants other tokens than the tokenizer would choose. */
  readonly tokenIds?: readonly number[];
  /**
   * What comes after the text: `eos` (default) the end of sequence, `endless` the text again and again until a limit is hit;
   * `length` and `repetition` are the `finish_reason` of the last token, as if the engine had decided so; `abort` and `error` follow it without a token.
   */
  readonly finish?: 'eos' | 'endless' | 'length' | 'repetition' | 'abort' | 'error';
  /** Tokens that one engine step brings, as with speculative decoding: stop strings are looked for once per step. Default 1. */
  readonly tokensPerStep?: number;
  /** Tokens in one frame of the stream. Default: those of one step. */
  readonly tokensPerChunk?: number;
  readonly delayMsPerToken?: number;
  /** What a chat answer ends with, as the worker's own parser would give it. */
  readonly toolCalls?: readonly FakeToolCall[];
  readonly fault?: FakeFault;
}

export interface FakeToolCall {
  readonly name: string;
  /** JSON, or what the model took for it. */
  readonly arguments: string;
}

export type FakeFault =
  /** The process is gone: this connection and all others are cut, new ones are refused for so long. */
  | { readonly kind: 'refuse'; readonly forMs: number }
  /** An error in place of an answer, before any headers; who says when to come back is full. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      readonly param?: string;
      readonly retryAfterSeconds?: number;
    }
  /** The prompt is too long, says the engine. */
  | { readonly kind: 'context-error' }
  /** Not even headers come, until the client goes away. */
  | { readonly kind: 'stall-before-headers' }
  /** The connection ends before any headers. */
  | { readonly kind: 'hang-up' }
  /** Nothing is on the wire for this long, then all goes well. */
  | { readonly kind: 'slow-first-byte'; readonly delayMs: number }
  /** The connection is cut in mid-answer. */
  | { readonly kind: 'cut'; readonly afterTokens: number }
  /** The engine gives up: `finish_reason: "abort"` with status 200. */
  | { readonly kind: 'abort'; readonly afterTokens: number }
  /** The same with `finish_reason: "error"`. */
  | { readonly kind: 'engine-error'; readonly afterTokens: number }
  /** The connection is cut after the last token, before `[DONE]`. */
  | { readonly kind: 'cut-after-end' }
  /** Silence after the last token, in place of `[DONE]`. */
  | { readonly kind: 'stall-after-end' }
  /** A frame that goes on for so many bytes and has no end. */
  | { readonly kind: 'huge-frame'; readonly afterTokens: number; readonly bytes: number }
  /** A frame of valid JSON that is no part of a completion. */
  | { readonly kind: 'wrong-json'; readonly afterTokens: number }
  /** An error frame in the stream (status 500 without streaming), followed by `[DONE]`. */
  | { readonly kind: 'error-frame'; readonly afterTokens: number }
  /** A frame that is no JSON; the rest follows. */
  | { readonly kind: 'malformed-frame'; readonly afterTokens: number }
  /** Silence until the client goes away; the server says of itself that all is well. */
  | { readonly kind: 'stall'; readonly afterTokens: number };

/** One prompt that wants a reply. */
export interface FakePrompt {
  readonly endpoint: '/v1/completions' | '/v1/chat/completions';
  readonly body: Readonly<Record<string, unknown>>;
  readonly promptIds: readonly number[];
  /** Decoded with control tokens spelt out. */
  readonly promptText: string;
  /** Place among the choices of its request. */
  readonly choiceIndex: number;
  /** 0 for the first prompt that this server was given, and so on. */
  readonly number: number;
}

/** A text is a reply that ends with the end of sequence. */
export type FakeAnswer = FakeReply | string;

/** What the model says: decided per prompt, or said one after another. */
export type FakeScript = ((prompt: FakePrompt) => FakeAnswer) | readonly FakeAnswer[];
