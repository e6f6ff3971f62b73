import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@interleave/kernel';
import { within } from '@interleave/platform';

const READY_POLL_MS = 200;
const READY_TIMEOUT_MS = 2000;
const LAST_LINES = 12;

export interface ServiceProcessOptions {
  readonly name: string;
  /** Compiled main file. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly workingDirectory: string;
}

/**
 * One service as a child process. It stands in a process group of its own, so that Ctrl-C in the terminal reaches only `npm start`, which
 * stops the services in order; and it holds a channel to `npm start`, so that it stops by itself if that one is killed.
 */
export class ServiceProcess {
  private readonly child: ChildProcess;
  private exit: string | null = null;
  private readonly exited: Promise<void>;

  constructor(private readonly options: ServiceProcessOptions) {
    const log = openSync(options.logFile, 'w', 0o600);
    this.child = fork(options.program, [], {
      cwd: options.workingDirectory,
      env: options.environment,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.exit = signal ?? `status ${code}`;
        resolve();
      });
      this.child.once('error', (error) => {
        this.exit = error.message;
        resolve();
      });
    });
  }

  get name(): string {
    return this.options.name;
  }

  /** Resolves when the process ends, with the reason. */
  async whenExited(): Promise<string> {
    await this.exited;
    return this.exit ?? '';
  }

  /**
   * Waits until `/ready` says so. `report` hears why it isn't yet.
   * @throws AppError when the process ends before, with its last lines
   */
  async waitUntilReady(url: string, report: (reason: string) => void, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (this.exit !== null) throw this.endedError();
      const reason = await notReadyReason(url, signal);
      if (reason === null) return;
      report(reason);
      await sleep(READY_POLL_MS, undefined, { signal });
    }
  }

  endedError(): AppError {
    return new AppError('internal', `${this.name} ended (${this.exit}). Its last lines (${this.options.logFile}):\n${this.lastLines()}`);
  }

  /** SIGTERM, and SIGKILL when the time is over or `hurry` says so. */
  async stop(timeoutMs: number, hurry: AbortSignal): Promise<void> {
    if (this.exit !== null) return;
    this.child.kill('SIGTERM');
    await Promise.race([this.exited, sleep(timeoutMs, undefined, { signal: hurry, ref: false }).catch(() => undefined)]);
    if (this.exit === null) this.child.kill('SIGKILL');
    await this.exited;
  }

  private lastLines(): string {
    return readFileSync(this.options.logFile, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-LAST_LINES)
      .map((line) => `  ${line}`)
      .join('\n');
  }
}

async function notReadyReason(url: string, signal: AbortSignal): Promise<string | null> {
  try {
    const response = await within(READY_TIMEOUT_MS, signal, (bounded) => fetch(`${url}/ready`, { signal: bounded }));
    const { reason } = (await response.json()) as { reason?: string | null };
    return response.ok ? null : (reason ?? `status ${response.status}`);
  } catch (_notListening) {
    return 'starting';
  }
}
