/** What the fake saw of one request, for assertions. */
export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of a completion: one entry per choice, in order of their index. */
  readonly choices: RecordedChoice[];
  /** `disconnected`: the client went away before the last choice was complete; `failed`: an error was answered, or a scripted fault ended it. */
  outcome: 'running' | 'finished' | 'failed' | 'disconnected';
}

export interface RecordedChoice {
  readonly promptIds: readonly number[];
  /** Ids that went over the wire. */
  readonly sentIds: number[];
  /** Text that went over the wire. */
  sentText: string;
  /** Null as long as it isn't complete. */
  finishReason: string | null;
}
