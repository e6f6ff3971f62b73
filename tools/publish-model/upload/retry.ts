const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
const RETRIED_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMs: number;
}

export const PATIENT: RetryPolicy = { attempts: 8, firstDelayMs: FIRST_DELAY_MS };

/** For questions that a person waits for. */
export const BRIEF: RetryPolicy = { attempts: 4, firstDelayMs: FIRST_DELAY_MS };

export function isRetriedStatus(status: number): boolean {
  return RETRIED_STATUSES.includes(status);
}

/** Before attempt number `attempt` + 1: twice as long every time, with some chance in it, and never shorter than the server asks. */
export function retryDelayMs(attempt: number, retryAfterMs: number | null, { firstDelayMs }: RetryPolicy, chance: number): number {
  const own = Math.min(LONGEST_DELAY_MS, firstDelayMs * 2 ** (attempt - 1)) * (0.5 + chance / 2);
  return Math.max(own, Math.min(retryAfterMs ?? 0, LONGEST_DELAY_MS));
}

/** `retry-after` in seconds, as the hub sends it; a date is left aside. */
export function retryAfterMs(headers: Headers): number | null {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
