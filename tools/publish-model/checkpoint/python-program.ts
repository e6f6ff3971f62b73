import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { AppError } from '@interleave/kernel';
import { undoLater } from '../../harness/cleanup';

/** Scripts aren't compiled: dist/tools/publish-model/checkpoint → tools/publish-model/python. */
export const SCRIPTS = join(__dirname.replace(/([\\/])dist([\\/]tools[\\/]publish-model)/, '$2'), '../python');
const KEPT_ERROR_CHARACTERS = 8_000;

/** A script of ours in Python. What it says against its input, as `{"error": …}` on the last line of stderr, becomes an AppError. */
export class PythonProgram {
  private errors = '';
  private readonly exited: Promise<unknown>;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;

  constructor(
    private readonly python: string,
    private readonly script: string,
    args: readonly string[],
  ) {
    // -I: no modules of the user's, no current folder on the path; the script's own folder is put there by hand. -B: nothing is written beside it.
    const code = `import sys, runpy; sys.path.insert(0, ${JSON.stringify(SCRIPTS)}); sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')`;
    this.child = spawn(python, ['-I', '-B', '-c', code, join(SCRIPTS, script), ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-KEPT_ERROR_CHARACTERS);
    });
    // One that has ended says why by its status.
    this.child.stdin.on('error', () => undefined);
    this.exited = once(this.child, 'close').catch((error: unknown) => {
      this.errors += error instanceof Error ? error.message : String(error);
    });
  }

  get input(): Writable {
    return this.child.stdin;
  }

  get output(): Readable {
    return this.child.stdout;
  }

  /** Waits for its end, and throws what it said when it did not end well. */
  async ended(): Promise<void> {
    await this.exited;
    await this.stop();
    if (this.child.exitCode !== 0) throw this.failure();
  }

  readonly stop = undoLater(async () => {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
  });

  private failure(): AppError {
    const lastLine = this.errors.trim().split('\n').at(-1) ?? '';
    const sentence = errorIn(lastLine);
    if (sentence !== null) return new AppError('invalid_request', sentence);
    const status = this.child.signalCode ?? this.child.exitCode ?? 'not started';
    return new AppError('internal', `${this.python} ${this.script} failed (${status}): ${lastLine.slice(0, 400) || 'it said nothing'}`);
  }
}

/** Runs a script that answers with one line of JSON. */
export async function askPython(python: string, script: string, args: readonly string[]): Promise<unknown> {
  const program = new PythonProgram(python, script, args);
  program.input.end();
  let text = '';
  for await (const piece of program.output.setEncoding('utf8')) text += piece as string;
  await program.ended();
  return JSON.parse(text);
}

function errorIn(line: string): string | null {
  try {
    const { error } = JSON.parse(line) as { error?: unknown };
    return typeof error === 'string' ? error : null;
  } catch (_notJson) {
    return null;
  }
}
