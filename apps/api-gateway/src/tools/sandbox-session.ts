import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '@interleave/kernel';
import type { ToolPort, ToolResult } from '@interleave/turn-engine';
import type { ExecutionResult } from '@interleave/contracts';
import type { ToolServerClient } from './tool-server-client';

const BUSY_RETRY_MS = 1000;
const CLOSE_TIMEOUT_MS = 10_000;

/** The sandbox of one trajectory: a session that is opened with the first call and closed with the trajectory. */
export class SandboxSession implements ToolPort {
  private sessionId: string | null = null;
  /** Calls that ran, and how many of them in sessions before this one. */
  private calls = 0;
  private earlierCalls = 0;

  constructor(
    private readonly client: ToolServerClient,
    readonly timeoutMs: number,
  ) {}

  async execute(code: string, signal: AbortSignal): Promise<ToolResult> {
    this.sessionId ??= await this.open(signal);
    let wasLost = false;
    let result: ExecutionResult;
    try {
      result = await this.client.execute(this.sessionId, code, this.timeoutMs, signal);
    } catch (error) {
      if (!isAppError(error) || (error.code !== 'session_not_found' && error.code !== 'session_expired')) throw error;
      // Expired, or the tool server was restarted: the call did not run. It runs in a new session, and the model is told what is gone.
      wasLost = this.calls > 0;
      this.earlierCalls = this.calls;
      this.sessionId = await this.open(signal);
      result = await this.client.execute(this.sessionId, code, this.timeoutMs, signal);
    }
    this.calls += 1;
    return toToolResult(result, wasLost, this.earlierCalls);
  }

  /** Gives the sandbox back. Never throws: a session that could not be closed expires by itself; the reason is returned for the log. */
  async close(): Promise<string | null> {
    if (this.sessionId === null) return null;
    try {
      await this.client.closeSession(this.sessionId, AbortSignal.timeout(CLOSE_TIMEOUT_MS));
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
    value: result.value,
    traceback: result.error?.traceback ?? null,
    exit: result.exit,
    wallMs: result.wall_ms,
  };
}
