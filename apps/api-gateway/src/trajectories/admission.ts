import { AppError, Deferred } from '@interleave/kernel';

/** What a trajectory takes up: only one that may call tools needs a sandbox. */
export interface Claim {
  readonly needsSandbox: boolean;
}

interface Waiter {
  readonly claim: Claim;
  readonly turn: Deferred<void>;
}

/** Lets so many trajectories run at once, so many wait, and nobody wait for longer than the deadline. First come, first served. */
export class Admission {
  private running = 0;
  private sandboxes: number | null = null;
  private readonly waiting: Waiter[] = [];

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

  /** How many sessions the tool server has; null: it has not said. */
  setSandboxes(count: number | null): void {
    this.sandboxes = count;
    this.letIn();
  }

  /**
   * Waits for a place. The returned function gives it back and is to be called exactly once.
   * @throws AppError `busy`
   */
  async enter(claim: Claim, signal: AbortSignal): Promise<() => void> {
    return this.take(claim, this.queueTimeoutMs, signal);
  }

  /** For the further trajectories of a request that is in already: it waits as long as it takes. */
  async enterNext(claim: Claim, signal: AbortSignal): Promise<() => void> {
    return this.take(claim, null, signal);
  }

  private async take(claim: Claim, timeoutMs: number | null, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.waiting.length === 0 && this.hasRoom(claim)) this.running += 1;
    else await this.wait(claim, timeoutMs, signal);
    return () => {
      this.running -= 1;
      this.letIn();
    };
  }

  private async wait(claim: Claim, timeoutMs: number | null, signal: AbortSignal): Promise<void> {
    if (timeoutMs !== null && this.waiting.length >= this.maxWaiting) throw this.busy(claim);
    const waiter: Waiter = { claim, turn: new Deferred<void>() };
    this.waiting.push(waiter);
    const giveUp = (error: unknown): void => {
      const at = this.waiting.indexOf(waiter);
      if (at < 0) return;
      this.waiting.splice(at, 1);
      waiter.turn.reject(error);
      this.letIn();
    };
    const onAbort = (): void => giveUp(signal.reason);
    const timer = timeoutMs === null ? null : setTimeout(() => giveUp(this.busy(claim)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await waiter.turn.promise;
    } finally {
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  private letIn(): void {
    for (let next = this.waiting[0]; next && this.hasRoom(next.claim); next = this.waiting[0]) {
      this.waiting.shift();
      this.running += 1;
      next.turn.resolve();
    }
  }

  private hasRoom(claim: Claim): boolean {
    return this.running < this.limitOf(claim);
  }

  /** Never none at all: a single trajectory waits for its sandbox itself. */
  private limitOf({ needsSandbox }: Claim): number {
    return needsSandbox && this.sandboxes !== null ? Math.max(1, Math.min(this.maxRunning, this.sandboxes)) : this.maxRunning;
  }

  private busy(claim: Claim): AppError {
    return new AppError('busy', `All ${this.limitOf(claim)} places are taken and the queue is full or too slow; try again shortly.`, {
      isRetryable: true,
      retryAfterMs: 2000,
    });
  }
}
