/** Hears what the engine does; for metrics. */
export interface EngineObserver {
  promptStarted(promptTokens: number, cachedTokens: number, queuedMs: number): void;
  firstToken(afterMs: number): void;
  tokenGenerated(): void;
  finished(outcome: {
    readonly reason: 'stop' | 'length' | 'abort' | 'error';
    readonly totalMs: number;
    readonly generatedTokens: number;
  }): void;
}
