/** Weight of the newest interval. */
const WEIGHT = 0.2;

/** How fast slots come back from those who used them. */
export interface Turnover {
  readonly lastAtMs: number;
  /** A running mean; null before the second time. */
  readonly intervalMs: number | null;
}

export function noTurnover(): Turnover {
  return { lastAtMs: -Infinity, intervalMs: null };
}

export function afterReturn({ lastAtMs, intervalMs }: Turnover, nowMs: number): Turnover {
  if (lastAtMs === -Infinity) return { lastAtMs: nowMs, intervalMs };
  const latest = nowMs - lastAtMs;
  return { lastAtMs: nowMs, intervalMs: intervalMs === null ? latest : intervalMs + WEIGHT * (latest - intervalMs) };
}

/** Until the next slot comes back. What was fast is slow once nothing has come for a while. */
export function expectedIntervalMs({ lastAtMs, intervalMs }: Turnover, nowMs: number): number {
  return intervalMs === null ? Infinity : Math.max(intervalMs, nowMs - lastAtMs);
}
