import { AppError, Deferred, LinkedAbort } from '@interleave/kernel';
import type { Clock } from '@interleave/kernel';
import type { ExecuteCommand, ExecutionOutcome, OutputListener, Revocation, SessionFile } from '@interleave/sandbox';
import { RunGate } from '../pool/run-gate';
import type { Lease } from '../pool/sandbox-pool';

/** Between the first interrupt of a program that ran out of time and its kill. */
const GRACE_MS = 1000;

/** Calls that one session keeps waiting; each holds its program in memory. */
const MAX_PENDING_CALLS = 1024;

/** What a session's calls have in common unless they say otherwise. */
export type SessionDefaults = Pick<ExecuteCommand, 'maxOutputBytes' | 'memoryMib' | 'checkpoint' | 'style'>;

/** What one call asks for; everything is within the server's limits already. */
export interface Program extends Partial<SessionDefaults>, Pick<ExecuteCommand, 'prelude' | 'isRevocable'> {
  readonly code: string;
  readonly stdin: string | null;
  readonly timeoutMs: number;
  /** 0: killed at once when its time is over. */
  readonly graceMs?: number;
}

/** Regular files of the working directory; there may be more than are listed. */
export interface FileListing {
  readonly files: readonly SessionFile[];
  readonly isTruncated: boolean;
}

/** What came of a program, and which call of its session it was. */
export type NumberedOutcome = ExecutionOutcome & {
  readonly call: number;
  /** How long it waited for a run slot. */
  readonly queuedMs: number;
};

/** One user's Python: a leased sandbox whose variables live from call to call. What is asked of it happens one after another. */
export class Session {
  private readonly turns = new RunGate(1);
  private readonly pending = new Set<AbortController>();
  private readonly closed = new Deferred<void>();
  private endReason: AppError | null = null;
  private callCount = 0;
  /** Ends the call that may be taken back, while one waits or runs. */
  private revocable: LinkedAbort | null = null;
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

  /** How many calls it has begun. */
  get calls(): number {
    return this.callCount;
  }

  /** Whether something runs or waits in it. */
  get isRunning(): boolean {
    return this.pending.size > 0;
  }

  /** How long nobody has used it; 0 while a call runs or waits. */
  get idleMs(): number {
    return this.isRunning ? 0 : this.clock.nowMs() - this.lastUsedMs;
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
    return this.endReason === null && !this.lease.slot.isLost;
  }

  /**
   * @throws AppError `session_expired` when the session ends meanwhile, `sandbox_unavailable` when its sandbox is lost, `busy` when too many wait
   * @throws the signal's reason when it aborts; the program has ended by then
   */
  async execute(program: Program, signal: AbortSignal, onOutput?: OutputListener): Promise<NumberedOutcome> {
    if (!program.isRevocable) return this.run(program, signal, onOutput);
    const revocable = new LinkedAbort(signal);
    this.revocable = revocable;
    try {
      return await this.run(program, revocable.signal, onOutput);
    } finally {
      revocable.release();
      if (this.revocable === revocable) this.revocable = null;
    }
  }

  private run(program: Program, signal: AbortSignal, onOutput?: OutputListener): Promise<NumberedOutcome> {
    return this.inTurn(signal, async (call) => {
      const arrivedMs = this.clock.nowMs();
      const leave = await this.gate.enter(call, () => this.lease.processorTimeMs());
      const queuedMs = this.clock.nowMs() - arrivedMs;
      try {
        this.callCount += 1;
        // A copy of the session to go back to is made in time that nobody else has a use for.
        const isCrowded = this.gate.waitingCount > 0;
        const command = { graceMs: GRACE_MS, ...this.defaults, ...program, cell: this.callCount, isCrowded };
        const outcome = await this.lease.slot.execute(command, call, onOutput);
        if (outcome.isRefused) {
          this.callCount -= 1;
          throw new AppError('conflict', 'The call could not be taken back, so it did not run. Send it without "revocable".');
        }
        return { ...outcome, call: command.cell, queuedMs };
      } finally {
        leave();
      }
    });
  }

  /**
   * Ends the call that is running, if it is a revocable one, and makes it as if it had never run; else does so with the last one.
   * `lost`: the variables could not be brought back. `nothing`: the last call was not revocable, or others came after it.
   */
  async revoke(signal: AbortSignal): Promise<Revocation> {
    this.revocable?.abort(new AppError('cancelled', 'The call was taken back.'));
    return this.inTurn(signal, async () => {
      const revocation = await this.lease.slot.revoke();
      if (revocation === 'done') this.callCount -= 1;
      return revocation;
    });
  }

  /** The file operations wait for their turn among the calls, and throw what `SandboxSlot` says. */
  putFile(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.inTurn(signal, (turn) => this.lease.slot.putFile(path, bytes, turn));
  }

  getFile(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.inTurn(signal, (turn) => this.lease.slot.getFile(path, maxBytes, turn));
  }

  listFiles(signal: AbortSignal): Promise<FileListing> {
    return this.inTurn(signal, (turn) => this.lease.slot.listFiles(turn));
  }

  deleteFile(path: string, signal: AbortSignal): Promise<void> {
    return this.inTurn(signal, (turn) => this.lease.slot.deleteFile(path, turn));
  }

  /** Ends what runs, then gives the sandbox back. Closing twice is harmless. */
  async close(reason: AppError): Promise<void> {
    if (this.endReason) return;
    this.endReason = reason;
    for (const call of this.pending) call.abort(reason);
    await this.turns.enter(new AbortController().signal);
    this.lease.release();
    this.closed.resolve();
  }

  /** Its signal aborts with the caller's and with the session. */
  private async inTurn<Result>(signal: AbortSignal, act: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    if (this.endReason) throw this.endReason;
    if (this.pending.size >= MAX_PENDING_CALLS) {
      const message = `${MAX_PENDING_CALLS} calls of this session wait for each other already; wait for their answers before sending more.`;
      throw new AppError('busy', message, { isRetryable: true, retryAfterMs: 1000 });
    }
    const call = new AbortController();
    const onAbort = () => call.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    this.pending.add(call);
    try {
      const leave = await this.turns.enter(call.signal);
      try {
        return await act(call.signal);
      } finally {
        leave();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.pending.delete(call);
      this.lastUsedMs = this.clock.nowMs();
    }
  }
}
