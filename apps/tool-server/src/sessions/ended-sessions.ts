import type { Clock } from '@interleave/kernel';

const MAX_REMEMBERED = 10_000;
const REMEMBERED_MS = 3_600_000;

interface End {
  readonly reason: string;
  readonly atMs: number;
}

/** Why sessions ended, for those who still use their ids: for an hour, and not of more than the last ten thousand. */
export class EndedSessions {
  /** In the order in which they ended. */
  private readonly ends = new Map<string, End>();

  constructor(private readonly clock: Clock) {}

  remember(id: string, reason: string): void {
    const nowMs = this.clock.nowMs();
    this.ends.set(id, { reason, atMs: nowMs });
    for (const [oldest, { atMs }] of this.ends) {
      if (this.ends.size <= MAX_REMEMBERED && nowMs - atMs < REMEMBERED_MS) return;
      this.ends.delete(oldest);
    }
  }

  reasonOf(id: string): string | null {
    const end = this.ends.get(id);
    return end && this.clock.nowMs() - end.atMs < REMEMBERED_MS ? end.reason : null;
  }
}
