import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, isAppError } from '@interleave/kernel';
import type { EarlyCall, OutputListener, Program, ToolPort, ToolResult } from '@interleave/turn-engine';
import type { ExecutionResult } from '@interleave/contracts';
import type { SandboxCall, ToolServerClient } from './tool-server-client';

const BUSY_RETRY_MS = 1000;
const CLOSE_TIMEOUT_MS = 10_000;

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
  private readonly closing = new AbortController();
  private opening: Promise<string> | null = null;
  /** Calls that ran, and how many of them in sessions before this one. */
  private calls = 0;
  private earlierCalls = 0;

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
    let wasLost = false;
    let result: ExecutionResult;
    try {
      result = await this.call(program, onOutput, signal);
    } catch (error) {
      if (!isAppError(error) || (error.code !== 'session_not_found' && error.code !== 'session_expired')) throw error;
      // Expired, or the tool server was restarted: the call did not run. It runs in a new session, and the model is told what is gone.
      wasLost = this.calls > 0;
      this.earlierCalls = this.calls;
      this.opening = null;
      result = await this.call(program, onOutput, signal);
    }
    // Ended and taken back at once: it does not count.
    signal.throwIfAborted();
    this.calls += 1;
    return toToolResult(result, wasLost, this.earlierCalls);
  }

  /** In a session that holds nothing yet: to take the call back, the session is thrown away. */
  startEarly(program: Program, onOutput: OutputListener, signal: AbortSignal): EarlyCall | null {
    if (this.calls > 0) return null;
    const taking = new AbortController();
    return {
      result: this.execute(program, onOutput, AbortSignal.any([signal, taking.signal])),
      takeBack: () => {
        taking.abort(new AppError('cancelled', 'The call was not asked for.'));
        this.takenBack += 1;
        [this.calls, this.earlierCalls] = [0, 0];
        void this.discard();
        return Promise.resolve();
      },
    };
  }

  /** Gives the sandbox back. Never throws: a session that could not be closed expires by itself; the reason is returned for the log. */
  async close(): Promise<string | null> {
    this.closing.abort(new AppError('cancelled', 'The trajectory has ended.'));
    return this.discard();
  }

  /** Lets go of the session without closing it: somebody will go on with it. Null when there is none. */
  async keep(): Promise<ResumedSession | null> {
    const sessionId = await this.opening?.catch(() => null);
    if (typeof sessionId !== 'string') return null;
    this.opening = null;
    return { sessionId, calls: this.calls };
  }

  private async call(program: Program, onOutput: OutputListener, signal: AbortSignal): Promise<ExecutionResult> {
    const { timeoutMs, style, isLive } = this.options;
    return this.client.execute(await this.session(signal), { ...program, timeoutMs, style }, isLive ? onOutput : null, signal);
  }

  private session(signal: AbortSignal): Promise<string> {
    if (this.opening) return this.opening;
    const opening = this.open(AbortSignal.any([signal, this.closing.signal]));
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
      await this.client.closeSession(sessionId, AbortSignal.timeout(CLOSE_TIMEOUT_MS));
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Once a trajectory runs, contention is waiting, not an error: its own deadline bounds it. */
  private async open(signal: AbortSignal): Promise<string> {
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

function toToolResult(result: ExecutionResult, wasLost: boolean, earlierCalls: number): ToolResult {
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
  };
}
