import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { encodeBootMessage } from './boot-message';
import type { BootMessage } from './boot-message';
import type { SandboxChannel } from '../slot/sandbox-channel';

export interface ChildListener {
  onOutput(bytes: Uint8Array): void;
  onDiagnostics(bytes: Uint8Array): void;
  /** The process has ended and all that it wrote was heard. */
  onClosed(): void;
}

/** A child process of Node's, as a sandbox: bytes in, bytes out, and an end. */
export class ChildChannel implements SandboxChannel {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly closed: Promise<void>;

  constructor(command: { readonly flags: readonly string[]; readonly main: string }, boot: BootMessage, listener: ChildListener) {
    this.child = spawn(process.execPath, [...command.flags, command.main], {
      // Nothing of ours: neither secrets nor what changes Node's behaviour.
      env: {},
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.child.stdout.on('data', (bytes: Buffer) => listener.onOutput(bytes));
    this.child.stderr.on('data', (bytes: Buffer) => listener.onDiagnostics(bytes));
    // A child that is gone is heard of by its end; what could not be written to it is of no interest then.
    this.child.stdin.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      const onEnd = () => {
        resolve();
        listener.onClosed();
      };
      this.child.once('close', onEnd);
      this.child.once('error', (error) => {
        listener.onDiagnostics(new TextEncoder().encode(error.message));
        if (this.child.pid === undefined) onEnd();
      });
    });
    for (const piece of encodeBootMessage(boot)) this.child.stdin.write(piece);
  }

  get id(): string {
    return `process ${this.child.pid ?? 'none'}`;
  }

  write(bytes: Uint8Array): void {
    if (this.child.stdin.writable) this.child.stdin.write(bytes);
  }

  detach(): void {
    this.child.kill('SIGKILL');
  }

  /** Kills it; resolves when it is gone. */
  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }
}
