import { Deferred } from '@interleave/kernel';
import { noPermits, transitionPermits } from '@interleave/sandbox';
import type { PermitState, RunId } from '@interleave/sandbox';

/** Lets as many programs run at once as there are cores to run them. */
export class RunGate {
  private state: PermitState;
  private readonly waiting = new Map<RunId, Deferred<void>>();
  private lastRun = 0;

  constructor(max: number) {
    this.state = noPermits(max);
  }

  get max(): number {
    return this.state.max;
  }

  get activeCount(): number {
    return this.state.running.size;
  }

  get waitingCount(): number {
    return this.state.queue.length;
  }

  /**
   * Waits for a permit, first come first served.
   * @returns a function that gives it back, to be called exactly once
   * @throws the signal's reason when it aborts before
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    this.lastRun += 1;
    const runId = `run-${this.lastRun}`;
    const granted = new Deferred<void>();
    const onAbort = () => granted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.waiting.set(runId, granted);
    this.apply('requested', runId);
    try {
      await granted.promise;
    } catch (error) {
      this.apply('ended', runId);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.waiting.delete(runId);
    }
    return () => this.apply('ended', runId);
  }

  private apply(type: 'requested' | 'ended', runId: RunId): void {
    const { state, granted } = transitionPermits(this.state, { type, runId });
    this.state = state;
    for (const next of granted) this.waiting.get(next)?.resolve();
  }
}
