import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, Deferred, isAppError, LinkedAbort } from '@interleave/kernel';
import type { EarlyCall, OutputListener, Program, ToolPort, ToolResult } from '@interleave/turn-engine';
import type { ExecutionResult } from '@interleave/contracts';
import type { SandboxCall, ToolServerClient } from './tool-server-client';

const BUSY_RETRY_MS = 1000;

export interface SandboxOptions extends Pick<SandboxCall, 'timeoutMs' | 'style'> {
  /** Output is passed on while programs run. */
  readonly isLive: boolean;
}

/** A session of the tool server that a trajectory goes on with. */
export interface ResumedSession {
  readonly sessionId: string;
  readonly calls: number;
}

/** The sandbox of one trajectory: a session that is opened when a call is likely and closed with the trajectory. */
export class SandboxSession implements ToolPort {
  /** Calls that were started early and then not asked for. */
  takenBack = 0;
  private opening: Promise<string> | null = null;
  /** Ends the sessions that are being opened now. */
  private readonly openings = new Set<LinkedAbort>();
  /** Calls that ran, and how many of them in sessions before this one. */
  private calls = 0;
  private earlierCalls = 0;
  /** Whether the tool server can take calls back in a session that holds something, as far as is known. */
  private isRevocable = true;
  private hasLostState = false;

  constructor(
    private readonly client: ToolServerClient,
    private readonly options: SandboxOptions,
    resumed: ResumedSession | null = null,
  ) {
    if (resumed === null) return;
    this.opening = Promise.resolve(resumed.sessionId);
    this.calls = resumed.calls;
  }

  get timeoutMs(): number {
    return this.options.timeoutMs;
  }

  prepare(signal: AbortSignal): void {
    this.session(signal).catch(() => undefined);
  }

  async execute(program: Program, onOutput: OutputListener, signal: AbortSignal): Promise<ToolResult> {
    return this.run(program, false, onOutput, signal);
  }

  /** In a session that holds nothing yet, which is then thrown away to take the call back; else where the tool server can bring its state back. */
  startEarly(program: Program, onOutput: OutputListener, signal: AbortSignal): EarlyCall | null {
    if (this.calls === 0) return this.startInFreshSession(program, onOutput, signal);
    return this.isRevocable ? this.startRevocable(program, onOutput, signal) : null;
  }

  private async run(program: Program, isRevocable: boolean, onOutput: OutputListener, signal: AbortSignal): Promise<ToolResult> {
    let result: ExecutionResult;
    const startMs = performance.now();
    try {
      result = await this.call(program, isRevocable, onOutput, signal);
    } catch (error) {
      if (!isAppError(error) || (error.code !== 'session_not_found' && error.code !== 'session_expired')) throw error;
      // Expired, or the tool server was restarted: the call did not run. It runs in a new session, and the model is told what is gone.
      this.hasLostState ||= this.calls > 0;
      this.earlierCalls = this.calls;
      this.opening = null;
      result = await this.call(program, isRevocable, onOutput, signal);
    }
    // Ended and taken back at once: it does not count.
    signal.throwIfAborted();
    this.calls += 1;
    const wasLost = this.hasLostState;
    this.hasLostState = false;
    return toToolResult(result, performance.now() - startMs, wasLost, this.earlierCalls);
  }

  private startInFreshSession(program: Program, onOutput: OutputListener, signal: AbortSignal): EarlyCall {
    const taking = new LinkedAbort(signal);
    return {
      result: this.execute(program, onOutput, taking.signal).finally(() => taking.release()),
      adopt: () => undefined,
      takeBack: () => {
        taking.abort(new AppError('cancelled', 'The call was not asked for.'));
        this.takenBack += 1;
        [this.calls, this.earlierCalls] = [0, 0];
        void this.discard();
        return Promise.resolve();
      },
    };
  }

  private startRevocable(program: Program, onOutput: OutputListener, signal: AbortSignal): EarlyCall {
    const taking = new LinkedAbort(signal);
    const adopted = new Deferred<void>();
    const { calls, earlierCalls, opening } = this;
    // Most calls are not refused, and nobody waits for this.
    adopted.promise.catch(() => undefined);
    let hasRun = true;
    const execute = async (): Promise<ToolResult> => {
      try {
        return await this.run(program, true, onOutput, taking.signal);
      } catch (error) {
        if (!isAppError(error) || error.code !== 'conflict') throw error;
        // Refused: it runs when it is asked for, and the next one is not tried.
        this.isRevocable = false;
        hasRun = false;
        await adopted.promise;
        return this.execute(program, onOutput, signal);
      }
    };
    return {
      result: execute().finally(() => taking.release()),
      adopt: () => adopted.resolve(),
      takeBack: async () => {
        const cancelled = new AppError('cancelled', 'The call was not asked for.');
        taking.abort(cancelled);
        adopted.reject(cancelled);
        this.takenBack += 1;
        [this.calls, this.earlierCalls] = [calls, earlierCalls];
        if (hasRun) await this.revoke(opening, signal);
      },
    };
  }

  /** What could not be brought back is lost, and the model is told with the next result. */
  private async revoke(opening: Promise<string> | null, signal: AbortSignal): Promise<void> {
    try {
      // A session that was opened anew meanwhile holds nothing but the call.
      if (opening === null || this.opening !== opening) throw new AppError('session_expired', 'The session has ended.');
      if ((await this.client.revoke(await opening, signal)) === 'lost') this.hasLostState = true;
    } catch (_gone) {
      this.hasLostState = true;
      this.earlierCalls = this.calls;
      void this.discard();
    }
  }

  /** Gives the sandbox back. Never throws: a session that could not be closed expires by itself; the reason is returned for the log. */
  async close(): Promise<string | null> {
    for (const opening of this.openings) opening.abort(new AppError('cancelled', 'The trajectory has ended.'));
    return this.discard();
  }

  /** Lets go of the session without closing it: somebody will go on with it. Null when there is none. */
  async keep(): Promise<ResumedSession | null> {
    const sessionId = await this.opening?.catch(() => null);
    if (typeof sessionId !== 'string') return null;
    this.opening = null;
    return { sessionId, calls: this.calls };
  }

  private async call(program: Program, isRevocable: boolean, onOutput: OutputListener, signal: AbortSignal): Promise<ExecutionResult> {
    const { timeoutMs, style, isLive } = this.options;
    return this.client.execute(await this.session(signal), { ...program, timeoutMs, style, isRevocable }, isLive ? onOutput : null, signal);
  }

  private session(signal: AbortSignal): Promise<string> {
    if (this.opening) return this.opening;
    const opening = this.open(signal);
    this.opening = opening;
    opening.catch(() => {
      if (this.opening === opening) this.opening = null;
    });
    return opening;
  }

  private async discard(): Promise<string | null> {
    const { opening } = this;
    this.opening = null;
    const sessionId = await opening?.catch(() => null);
    if (typeof sessionId !== 'string') return null;
    try {
      await this.client.closeSession(sessionId);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private async open(signal: AbortSignal): Promise<string> {
    const abort = new LinkedAbort(signal);
    this.openings.add(abort);
    try {
      return await this.openWhenFree(abort.signal);
    } finally {
      this.openings.delete(abort);
      abort.release();
    }
  }

  /** Once a trajectory runs, contention is waiting, not an error: its own deadline bounds it. */
  private async openWhenFree(signal: AbortSignal): Promise<string> {
    for (;;) {
      try {
        return await this.client.createSession(signal);
      } catch (error) {
        if (!isAppError(error) || error.code !== 'sandbox_busy') throw error;
        await sleep(error.retryAfterMs ?? BUSY_RETRY_MS, undefined, { signal });
      }
    }
  }
}

function toToolResult(result: ExecutionResult, callMs: number, wasLost: boolean, earlierCalls: number): ToolResult {
  return {
    status: result.status,
    state: wasLost ? 'reset' : result.state,
    call: earlierCalls + result.call,
    restoredCall: wasLost || result.restored_call === null ? null : earlierCalls + result.restored_call,
    output: result.output,
    stdout: result.stdout,
    stderr: result.stderr,
    value: result.value,
    traceback: result.error?.traceback ?? null,
    exit: result.exit,
    wallMs: result.wall_ms,
    // A tool server of before this field sends none.
    queuedMs: result.queued_ms ?? 0,
    callMs,
  };
}
