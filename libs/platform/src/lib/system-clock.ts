import type { Clock } from '@interleave/kernel';

export class SystemClock implements Clock {
  nowMs(): number {
    return performance.now();
  }
}
