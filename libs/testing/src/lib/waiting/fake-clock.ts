import type { Clock } from '@interleave/kernel';

interface Alarm {
  readonly atMs: number;
  readonly run: () => void;
}

/** A clock that stands still until the test moves it; alarms go off in order of their time while it moves. */
export class FakeClock implements Clock {
  private alarms: Alarm[] = [];

  constructor(private currentMs = 0) {}

  nowMs(): number {
    return this.currentMs;
  }

  /** Calls `run` when the clock has moved by `delayMs`; the answer takes it back. */
  after(delayMs: number, run: () => void): () => void {
    const alarm = { atMs: this.currentMs + delayMs, run };
    this.alarms.push(alarm);
    return () => {
      this.alarms = this.alarms.filter((other) => other !== alarm);
    };
  }

  /** A promise that is kept once the clock has moved by `delayMs`. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  advance(byMs: number): void {
    const untilMs = this.currentMs + byMs;
    for (;;) {
      const due = this.alarms.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.alarms = this.alarms.filter((alarm) => alarm !== due);
      this.currentMs = due.atMs;
      due.run();
    }
    this.currentMs = untilMs;
  }
}
