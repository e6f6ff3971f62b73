import { AppError, Deferred } from '@interleave/kernel';
import type { Clock } from '@interleave/kernel';
import type { ExecuteCommand, ExecutionOutcome } from '@interleave/sandbox';
import type { RunGate } from '../pool/run-gate';
import type { Lease } from '../pool/sandbox-pool';

/** Between the first interrupt of a program that ran out of time and its kill. */
const GRACE_MS = 1000;

/** What one call asks for; everything is within the server's limits already. */
export interface Program {
  readonly code: string;
  readonly stdin: string | null;
  readonly timeoutMs: number;
}

/** What came of a program, and which call of its session it was. */
export type NumberedOutcome = ExecutionOutcome & { readonly call: number };

/** What a session's calls have in common unless they say otherwise. */
export type SessionDefaults = Pick<ExecuteCommand, 'maxOutputBytes' | 'memoryMib' | 'checkpoint' | 'style'>;

/** One user's Python: a leased sandbox whose variables live from call to call. Calls run one after another. */
export class Session {
  private readonly ending = new AbortController();
  private readonly closed = new Deferred<void>();
  private lastCall: Promise<unknown> = Promise.resolve();
  private pendingCalls = 0;
  private calls = 0;
  private lastUsedMs: number;

  constructor(
    readonly id: string,
    private readonly lease: Lease,
    private readonly gate: RunGate,
    private readonly clock: Clock,
    private readonly defaults: SessionDefaults,
  ) {
    this.lastUsedMs = clock.nowMs();
  }

  /** How long nobody has used it; 0 while a call runs or waits. */
  get idleMs(): number {
    return this.pendingCalls > 0 ? 0 : this.clock.nowMs() - this.lastUsedMs;
  }

  /** Resolves when the sandbox is gone; the session is of no use then. */
  get lost(): Promise<AppError> {
    return this.lease.slot.lost;
  }

  /** Resolves when it has been closed and its sandbox given back. */
  get ended(): Promise<void> {
    return this.closed.promise;
  }

  get isOpen(): boolean {
    return !this.ending.signal.aborted && !this.lease.slot.isLost;
  }

  /**
   * @throws AppError `session_not_found` when the session ends meanwhile, `sandbox_unavailable` when its sandbox is lost
   * @throws the signal's reason when it aborts; the program has ended by then
   */
  async execute(program: Program, signal: AbortSignal): Promise<NumberedOutcome> {
    this.pendingCalls += 1;
    const turn = this.lastCall.then(() => this.run(program, AbortSignal.any([signal, this.ending.signal])));
    // Only the order matters to the next call, not how this one ended.
    this.lastCall = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.pendingCalls -= 1;
      this.lastUsedMs = this.clock.nowMs();
    }
  }

  /** Ends what runs, then gives the sandbox back. Closing twice is harmless. */
  async close(): Promise<void> {
    if (this.ending.signal.aborted) return;
    this.ending.abort(new AppError('session_not_found', 'The session was closed.'));
    await this.lastCall;
    this.lease.release();
    this.closed.resolve();
  }

  private async run(program: Program, signal: AbortSignal): Promise<NumberedOutcome> {
    const leave = await this.gate.enter(signal);
    try {
      const call = this.calls + 1;
      const command = { ...this.defaults, ...program, cell: call, graceMs: GRACE_MS };
      this.calls = call;
      return { ...(await this.lease.slot.execute(command, signal)), call };
    } finally {
      leave();
    }
  }
}
