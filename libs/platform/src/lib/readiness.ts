/** What `/ready` asks. An app binds it to the token. */
export interface Readiness {
  /** Null when the service can do its job now, else a sentence that says what is missing. */
  notReadyBecause(): string | null;
  /** Facts for people and scripts, e.g. which engine runs. */
  describe(): Record<string, unknown>;
}

export const READINESS = Symbol('Readiness');
