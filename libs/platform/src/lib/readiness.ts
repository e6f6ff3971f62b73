/** What `/ready` asks. An app binds it to the token. */
export interface Readiness {
  /** Null when the service can do its job now, else a sentence that says what is missing. */
  notReadyBecause(): string | null;
  /** Facts for people and scripts, e.g. which engine runs. */
  describe(): Record<string, unknown>;
}

export const READINESS = Symbol('Readiness');

/** What `/health` asks, where the process can outlive what makes it useful. An app binds it to the token. */
export interface Liveness {
  /** Null while the process is of use, else a sentence that says why it has to be restarted. */
  deadBecause(): string | null;
}

export const LIVENESS = Symbol('Liveness');
