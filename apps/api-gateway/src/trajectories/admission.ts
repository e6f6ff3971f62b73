import { AppError, Deferred } from '@interleave/kernel';

/** Lets so many trajectories run at once, so many wait, and nobody wait for longer than the deadline. First come, first served. */
export class Admission {
  private running = 0;
  private readonly waiting: Deferred<void>[] = [];

  constructor(
    private readonly maxRunning: number,
    private readonly maxWaiting: number,
    private readonly queueTimeoutMs: number,
  ) {}

  get runningCount(): number {
    return this.running;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  /**
   * Waits for a place. The returned function gives it back and is to be called exactly once.
   * @throws AppError `busy`
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.running < this.maxRunning) this.running += 1;
    else await this.wait(signal);
    return () => this.leave();
  }

  private async wait(signal: AbortSignal): Promise<void> {
    if (this.waiting.length >= this.maxWaiting) throw this.busy();
    const turn = new Deferred<void>();
    this.waiting.push(turn);
    const giveUp = (error: unknown): void => {
      const at = this.waiting.indexOf(turn);
      if (at < 0) return;
      this.waiting.splice(at, 1);
      turn.reject(error);
    };
    const onAbort = (): void => giveUp(signal.reason);
    const timer = setTimeout(() => giveUp(this.busy()), this.queueTimeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await turn.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** The place goes to the next one in line, without becoming free in between. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next.resolve();
    else this.running -= 1;
  }

  private busy(): AppError {
    return new AppError('busy', `All ${this.maxRunning} places are taken and the queue is full or too slow; try again shortly.`, {
      isRetryable: true,
      retryAfterMs: 2000,
    });
  }
}
