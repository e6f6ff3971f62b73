/** Time as a port. */
export interface Clock {
  /** Milliseconds of a clock that never goes back; only differences mean something. */
  nowMs(): number;
}
