import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BootMessage } from '../boot-message';
import type { SharedMemory, ThreadData, ThreadMessage, ThreadRequest } from './messages';

const INTERRUPT = 2;
/** JavaScript's own objects; the interpreter's memory and files are outside of it. */
const HEAP_MIB = 192;
const STACK_MIB = 16;
const MAX_DIAGNOSTICS_BYTES = 4096;

export interface InterpreterListener {
  onMessage(message: ThreadMessage): void;
  /** It ended without being asked to. */
  onBroken(isOutOfMemory: boolean): void;
}

/** One interpreter in a thread of its own: the only part of this process that foreign code has any hold on. */
export class Interpreter {
  private readonly shared: SharedMemory = {
    interrupt: new Uint8Array(new SharedArrayBuffer(4)),
    outputInFlight: new Int32Array(new SharedArrayBuffer(4)),
  };
  private readonly thread: Worker;
  private listener: InterpreterListener | null;

  constructor({ options, snapshot }: BootMessage, listener: InterpreterListener) {
    this.listener = listener;
    const workerData: ThreadData = { ...options, snapshot, shared: this.shared };
    this.thread = new Worker(join(__dirname, 'interpreter-thread.js'), {
      workerData,
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB, stackSizeMb: STACK_MIB },
    });
    this.thread.on('message', (message: ThreadMessage) => {
      if (message.type === 'output') Atomics.sub(this.shared.outputInFlight, 0, message.bytes.length);
      this.listener?.onMessage(message);
    });
    this.thread.on('error', (error: Error & { code?: string }) => this.break(error.code === 'ERR_WORKER_OUT_OF_MEMORY'));
    this.thread.on('exit', () => this.break(false));
    this.thread.stdout.resume();
    let diagnosticsBytes = 0;
    this.thread.stderr.on('data', (bytes: Buffer) => {
      diagnosticsBytes += bytes.length;
      if (diagnosticsBytes <= MAX_DIAGNOSTICS_BYTES) process.stderr.write(bytes);
    });
  }

  send(request: ThreadRequest): void {
    Atomics.store(this.shared.interrupt, 0, 0);
    this.thread.postMessage(request);
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    Atomics.store(this.shared.interrupt, 0, INTERRUPT);
  }

  /** Ends it whatever it does; nothing is heard of it any more. */
  async kill(): Promise<void> {
    this.listener = null;
    await this.thread.terminate();
  }

  private break(isOutOfMemory: boolean): void {
    const { listener } = this;
    this.listener = null;
    listener?.onBroken(isOutOfMemory);
  }
}
