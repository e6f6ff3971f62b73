import { AppError, Deferred, LinkedAbort } from '@interleave/kernel';
import { BeforeApplicationShutdown, OnModuleDestroy } from '@nestjs/common';

/** What aborted work may take to say so to its client. */
const FAREWELL_MS = 1000;

/**
 * Graceful end: from SIGTERM on no new work is let in, running work may finish within the drain time, then it is aborted.
 * Nest still accepts connections during this phase, hence the refusal here.
 */
export class DrainService implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly aborts = new Set<LinkedAbort>();
  private idle = new Deferred<void>();
  private draining = false;

  constructor(private readonly drainTimeoutMs: number) {}

  get isDraining(): boolean {
    return this.draining;
  }

  get activeCount(): number {
    return this.aborts.size;
  }

  /**
   * Registers a unit of work. Its signal aborts when whoever wants it does, or the drain time is over.
   * @returns `release`, to be called exactly once at its end
   * @throws AppError `draining`
   */
  enter(wanted: AbortSignal | null = null): { readonly signal: AbortSignal; readonly release: () => void } {
    if (this.draining)
      throw new AppError('draining', 'The service is shutting down; try again shortly.', { isRetryable: true, retryAfterMs: 2000 });
    const abort = new LinkedAbort(wanted);
    this.aborts.add(abort);
    return {
      signal: abort.signal,
      release: () => {
        abort.release();
        this.aborts.delete(abort);
        if (this.aborts.size === 0) this.idle.resolve();
      },
    };
  }

  onModuleDestroy(): void {
    this.draining = true;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.untilIdle(this.drainTimeoutMs);
    if (this.aborts.size === 0) return;
    for (const abort of this.aborts) abort.abort(new AppError('draining', 'The service is shutting down.'));
    // Connections are closed next: who was given up is told before.
    await this.untilIdle(FAREWELL_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }

  private async untilIdle(timeoutMs: number): Promise<void> {
    if (this.aborts.size === 0) return;
    this.idle = new Deferred<void>();
    const timer = setTimeout(() => this.idle.resolve(), timeoutMs);
    await this.idle.promise;
    clearTimeout(timer);
  }
}
