import { Deferred } from '@interleave/kernel';
import { noPermits, transitionPermits } from '@interleave/sandbox';
import type { PermitEvent, PermitState, RunId } from '@interleave/sandbox';

/** Processor time that a program's sandbox has used so far, in milliseconds; null where nobody knows. */
export type ProcessorMeter = () => Promise<number | null>;

/** One that holds a permit. */
export interface Holder {
  readonly runId: RunId;
  readonly heldMs: number;
  readonly meter: ProcessorMeter | null;
}

/** Lets so many in at once; the others wait in the order in which they came. */
export class RunGate {
  private state: PermitState;
  private readonly waiting = new Map<RunId, Deferred<void>>();
  private readonly meters = new Map<RunId, ProcessorMeter>();
  private lastRun = 0;

  constructor(
    max: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.state = noPermits(max);
  }

  get max(): number {
    return this.state.max;
  }

  get activeCount(): number {
    return this.state.running.size;
  }

  /** Those that are in, but don't count any more. */
  get excusedCount(): number {
    return this.state.excused.size;
  }

  get waitingCount(): number {
    return this.state.queue.length;
  }

  /**
   * Waits for a permit, first come first served.
   * @param meter tells whether the program sleeps: then it need not keep the permit from others
   * @returns a function that gives it back, to be called exactly once
   * @throws the signal's reason when it aborts before
   */
  async enter(signal: AbortSignal, meter?: ProcessorMeter): Promise<() => void> {
    signal.throwIfAborted();
    this.lastRun += 1;
    const runId = `run-${this.lastRun}`;
    if (meter) this.meters.set(runId, meter);
    const leave = () => {
      this.meters.delete(runId);
      this.apply({ type: 'ended', runId, nowMs: this.nowMs() });
    };
    this.apply({ type: 'requested', runId, nowMs: this.nowMs() });
    if (this.state.running.has(runId)) return leave;
    const granted = new Deferred<void>();
    const onAbort = () => granted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.waiting.set(runId, granted);
    try {
      await granted.promise;
    } catch (error) {
      leave();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.waiting.delete(runId);
    }
    return leave;
  }

  /** Those that hold a permit, the longest first. */
  holders(): readonly Holder[] {
    const nowMs = this.nowMs();
    return [...this.state.running].map(([runId, sinceMs]) => ({ runId, heldMs: nowMs - sinceMs, meter: this.meters.get(runId) ?? null }));
  }

  /** While others wait, these don't count any more. */
  excuse(runIds: readonly RunId[]): void {
    this.apply({ type: 'sleepers-found', runIds, nowMs: this.nowMs() });
  }

  private apply(event: PermitEvent): void {
    const { state, granted } = transitionPermits(this.state, event);
    this.state = state;
    for (const next of granted) this.waiting.get(next)?.resolve();
  }
}
