import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { undoLater } from './cleanup';
import { cpuMsOf, cpuMsOfGroup } from './processes';

const STOP_TIMEOUT_MS = 40_000;
const KEPT_OUTPUT_CHARACTERS = 4_000;
const DIST = join(__dirname, '../..');

export interface ChildProgramOptions {
  /** Compiled script, relative to `dist/`; or another program, by its words. */
  readonly script: string | readonly [program: string, ...leading: string[]];
  readonly args?: readonly string[];
  /** On top of PATH, HOME and the Docker engine's address; nothing else is passed on. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder to run in: one without a `.env`. */
  readonly folder: string;
  /** CPU cores that it and what it starts may use; none: all. */
  readonly cores?: readonly number[] | null;
}

/** A program of ours as a process of its own, stopped by its pid. */
export class ChildProgram {
  private output = '';
  private readonly exited: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly script: string,
  ) {
    this.exited = once(child, 'exit');
    const keep = (piece: Buffer): void => {
      this.output = (this.output + piece.toString('utf8')).slice(-KEPT_OUTPUT_CHARACTERS);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  static start({ script, args = [], environment = {}, folder, cores = null }: ChildProgramOptions): ChildProgram {
    const command = [...(typeof script === 'string' ? [process.execPath, join(DIST, script)] : script), ...args];
    // taskset becomes the program: the process is the same.
    const [program = '', ...rest] = cores === null ? command : ['taskset', '--cpu-list', cores.join(','), ...command];
    const child = spawn(program, rest, {
      cwd: folder,
      env: { ...inherited(['PATH', 'HOME', 'DOCKER_HOST']), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C is for the tool, which stops its programs.
      detached: true,
    });
    return new ChildProgram(child, typeof script === 'string' ? script : program);
  }

  /** The URL that the program says first. */
  async firstLine(timeoutMs = 10_000): Promise<string> {
    return this.until(
      () => /^(\S+)\n/.exec(this.output)?.[1] ?? null,
      timeoutMs,
      () => 'it says nothing',
    );
  }

  /** Waits until `url` answers 200. `onReason` hears why it doesn't yet. */
  async ready(url: string, timeoutMs: number, onReason: (reason: string) => void = () => undefined): Promise<void> {
    let reason = 'it does not listen';
    await this.until(
      async () => {
        const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
        if (response?.ok) return true;
        const heard = ((await response?.json().catch(() => null)) as { reason?: string } | null)?.reason;
        if (heard && heard !== reason) onReason((reason = heard));
        return null;
      },
      timeoutMs,
      () => reason,
    );
  }

  /** Waits for its end. @throws unless that is with status 0 and in time */
  async end(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), timeoutMs);
    await this.exited;
    clearTimeout(timer);
    if (this.child.exitCode !== 0)
      throw new Error(`${this.script} ended with ${this.child.exitCode ?? this.child.signalCode}:\n${this.output}`);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** How it ended; null while it runs. */
  get exit(): { readonly code: number | null; readonly signal: string | null } | null {
    const { exitCode, signalCode } = this.child;
    return exitCode === null && signalCode === null ? null : { code: exitCode, signal: signalCode };
  }

  /** CPU time used so far, in milliseconds; null where the system doesn't say. */
  cpuMs(): number | null {
    return cpuMsOf(this.pid);
  }

  /** The same with that of all the processes that it has started and that still run. */
  cpuMsOfAll(): number | null {
    return cpuMsOfGroup(this.pid);
  }

  /** SIGTERM, and if that takes too long SIGKILL, for what it has started, too. */
  readonly stop = undoLater(async () => {
    if (this.child.exitCode !== null || this.child.signalCode !== null || this.pid === 0) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => process.kill(-this.pid, 'SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  });

  private async until<T>(look: () => T | null | Promise<T | null>, timeoutMs: number, why: () => string): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      const problem =
        this.child.exitCode !== null ? `it ended with status ${this.child.exitCode}` : performance.now() > deadline ? why() : null;
      if (problem) throw new Error(`${this.script} did not start: ${problem}\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function inherited(names: readonly string[]): Record<string, string> {
  // eslint-disable-next-line no-restricted-properties -- passed on to the services, not read
  const { env } = process;
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
