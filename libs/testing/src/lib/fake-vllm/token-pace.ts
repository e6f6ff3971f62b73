import { DueTimes } from '../waiting/due-times';
import { pause } from '../waiting/pause';

const ALL = new DueTimes();

/** The rhythm in which tokens come. */
export interface Pace {
  /** 0: as fast as the wire. */
  readonly delayMsPerToken: number;
  /** All answers of the process step together, as those of one batch do; else each has its own beat, from when it began. */
  readonly isInStep: boolean;
}

/** Gives the tokens of one answer their time. It has no drift: what one token was late, the next one is not. */
export class TokenPace {
  private dueMs: number | null = null;

  constructor(private readonly pace: Pace) {}

  /** True when the next so many tokens are due, false if the signal comes first. */
  next(tokens: number, signal: AbortSignal): Promise<boolean> {
    const { delayMsPerToken, isInStep } = this.pace;
    if (delayMsPerToken <= 0) return pause(0, signal);
    const nowMs = performance.now();
    this.dueMs ??= isInStep ? Math.ceil(nowMs / delayMsPerToken) * delayMsPerToken : nowMs;
    this.dueMs += tokens * delayMsPerToken;
    return ALL.until(this.dueMs, signal);
  }
}
