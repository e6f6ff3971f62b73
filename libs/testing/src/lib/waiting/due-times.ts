interface Waiter {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Timers of a process fire up to a millisecond early or late; half of that either way is on time. */
const EARLY_MS = 0.5;

/**
 * One timer for all who wait for a time of `performance.now()`. Times are due, not durations: who was woken late waits the less for the next one, so that
 * a rhythm has no drift.
 */
export class DueTimes {
  /** By time, the earliest first. */
  private readonly waiting: Waiter[] = [];
  private timer: NodeJS.Timeout | null = null;

  /** True at that time, false if the signal comes first. */
  until(dueMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (dueMs - EARLY_MS <= performance.now()) return new Promise((resolve) => setImmediate(() => resolve(!signal.aborted)));
    return new Promise((resolve) => {
      const finish = (isDue: boolean): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(isDue);
      };
      const waiter: Waiter = { dueMs, wake: () => finish(true) };
      const onAbort = (): void => {
        const place = this.waiting.indexOf(waiter);
        if (place >= 0) this.waiting.splice(place, 1);
        this.arm();
        finish(false);
      };
      signal.addEventListener('abort', onAbort);
      this.waiting.splice(this.placeOf(dueMs), 0, waiter);
      if (this.waiting[0] === waiter) this.arm();
    });
  }

  private placeOf(dueMs: number): number {
    let [from, to] = [0, this.waiting.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.waiting[middle]?.dueMs ?? Infinity) <= dueMs) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private arm(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const [next] = this.waiting;
    this.timer = next === undefined ? null : setTimeout(() => this.wakeUp(), Math.max(1, Math.round(next.dueMs - performance.now())));
  }

  private wakeUp(): void {
    const untilMs = performance.now() + EARLY_MS;
    const late = this.waiting.findIndex(({ dueMs }) => dueMs > untilMs);
    for (const { wake } of this.waiting.splice(0, late < 0 ? this.waiting.length : late)) wake();
    this.arm();
  }
}
