/** What the reader of streams is to do. */
export interface StreamPlan {
  readonly url: string;
  /** Of a text completion; the number of tokens is set by the reader. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly apiKey: string | null;
  readonly streams: number;
  /** Between the starts of two streams. */
  readonly startGapMs: number;
  readonly tokens: number;
  /** Tokens of each stream before anything is measured. */
  readonly warmUpTokens: number;
  /** What each stream has to say; null: whatever comes. */
  readonly expectedText: string | null;
  /** Gets the reading, as JSON. */
  readonly resultFile: string;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
}

/** What the reader of streams found. Times in milliseconds. */
export interface StreamReading {
  readonly streams: number;
  readonly tokens: number;
  /** The same with those of the warm-up. */
  readonly allTokens: number;
  readonly seconds: number;
  /** Tokens of all streams over their time, that until their first token included. */
  readonly tokensPerSecond: number;
  readonly betweenTokens: Quantiles;
  readonly firstToken: Quantiles;
  /** CPU time of the reader. */
  readonly cpuMs: number;
  readonly failures: readonly string[];
}
