import { encodeFrame, EXECUTE_HEAD_BYTES, HostFrame, SandboxFrame } from '@interleave/sandbox';
import type { Frame } from '@interleave/sandbox';
import type { BootMessage } from '../boot-message';
import { RunningCall } from './running-call';
import type { CallCause, CallEnd } from './running-call';
import { Interpreter } from './interpreter';
import type { FileAnswer, FileRequest, ThreadMessage } from './messages';

const MIB = 2 ** 20;
const FILE_CHUNK_BYTES = 64 * 2 ** 10;
/** A thread that does not end within this time takes the process with it. */
const KILL_TIMEOUT_MS = 5000;
/** Of the flags of a call. */
const SCRIPT_BIT = 4;
const REVOCABLE_BIT = 16;
const NOTHING_TO_TAKE_BACK = new Uint8Array([2]);
const NO_PAYLOAD = new Uint8Array(0);

/**
 * What docker/sandbox/supervisor is in a container, for an interpreter in a thread: reads frames, keeps time, captures output, says what is a
 * fact. Anything odd ends the process, and the host throws the sandbox away.
 */
export class Supervisor {
  private interpreter: Interpreter;
  private isReady = false;
  private hasSaidHello = false;
  private call: RunningCall | null = null;
  /** What came while a new interpreter was being loaded. */
  private waiting: Frame[] = [];
  private fileCallId: number | null = null;
  private wipeCallId: number | null = null;

  constructor(
    private readonly boot: BootMessage,
    private readonly write: (bytes: Uint8Array) => void,
  ) {
    this.interpreter = this.newInterpreter();
  }

  handle(frame: Frame): void {
    const { type, callId } = frame;
    if (type === HostFrame.ping) return this.send(SandboxFrame.pong, callId);
    if (type === HostFrame.cancel) return this.call?.id === callId ? this.call.cancel() : undefined;
    if (this.call || this.fileCallId !== null || this.wipeCallId !== null) throw new Error(`frame ${type} at a wrong time`);
    if (!this.isReady) this.waiting.push(frame);
    else this.begin(frame);
  }

  private begin({ type, callId, payload }: Frame): void {
    switch (type) {
      case HostFrame.execute:
        return this.execute(callId, payload);
      case HostFrame.wipe:
        this.wipeCallId = callId;
        void this.replace();
        return;
      case HostFrame.putFile: {
        const pathEnd = 2 + new DataView(payload.buffer, payload.byteOffset, 2).getUint16(0);
        const path = textOf(payload.subarray(2, pathEnd));
        return this.askForFile(callId, { type: 'put', path, bytes: payload.slice(pathEnd) });
      }
      case HostFrame.revoke:
        return this.send(SandboxFrame.revoked, callId, NOTHING_TO_TAKE_BACK);
      case HostFrame.getFile:
        return this.askForFile(callId, { type: 'get', path: textOf(payload) });
      case HostFrame.deleteFile:
        return this.askForFile(callId, { type: 'delete', path: textOf(payload) });
      case HostFrame.listFiles:
        return this.askForFile(callId, { type: 'list' });
      default:
        throw new Error(`frame of the unknown type ${type}`);
    }
  }

  private execute(callId: number, payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const [cell, timeoutMs, graceMs, keptBytes, memoryMib] = [0, 4, 8, 12, 16].map((offset) => view.getUint32(offset)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if ((view.getUint32(20) & REVOCABLE_BIT) !== 0) return this.refuse(callId);
    const body = textOf(payload.subarray(EXECUTE_HEAD_BYTES));
    const { stdin } = JSON.parse(body) as { stdin?: string };
    this.call = new RunningCall(
      { id: callId, timeoutMs, graceMs, keptBytes, maxProcessBytes: this.boot.options.limits.processMib * MIB },
      {
        send: (type, bytes) => this.send(type, callId, bytes),
        interrupt: () => this.interpreter.interrupt(),
        kill: (cause, isOutOfMemory) => this.kill(cause, isOutOfMemory),
      },
    );
    this.interpreter.send({
      type: 'run',
      cell,
      body,
      isScript: (view.getUint32(20) & SCRIPT_BIT) !== 0,
      memoryMib: memoryMib || null,
      stdin: new TextEncoder().encode(stdin ?? ''),
    });
  }

  /** There are no copies here to take a call back to. */
  private refuse(callId: number): void {
    const facts = { exit: null, oom_kills: 0, wall_ms: 0, cpu_ms: null, peak_memory_bytes: null };
    this.send(SandboxFrame.result, callId, jsonOf({ state: 'kept', restored_cell: null, cause: 'irrevocable', ...facts }));
  }

  private askForFile(callId: number, request: FileRequest): void {
    this.fileCallId = callId;
    this.interpreter.send(request);
  }

  private onMessage(message: ThreadMessage): void {
    switch (message.type) {
      case 'ready':
        return this.onReady(message.python);
      case 'output':
        return this.call?.write(message.stream, message.bytes);
      case 'report':
        if (!this.call || message.json === null) return this.kill('violation', false);
        this.send(SandboxFrame.report, this.call.id, new TextEncoder().encode(message.json));
        return this.finish({ state: 'kept', exit: null, isOutOfMemory: false });
      case 'ended':
        if (!this.call) throw new Error('the interpreter ended between two calls');
        this.finish({
          state: 'reset',
          exit: message.code === null ? { code: null, signal: 'SIGABRT' } : { code: message.code, signal: null },
          isOutOfMemory: false,
        });
        void this.replace();
        return;
      case 'file':
        return this.onFile(message.answer);
      case 'snapshot':
        throw new Error('nobody asked for a snapshot');
    }
  }

  private onReady(python: string): void {
    this.isReady = true;
    if (!this.hasSaidHello) {
      this.hasSaidHello = true;
      this.send(SandboxFrame.hello, 0, jsonOf({ protocol: 1, python, packages: [] }));
    }
    if (this.wipeCallId !== null) {
      this.send(SandboxFrame.wiped, this.wipeCallId);
      this.wipeCallId = null;
    }
    const next = this.waiting.shift();
    if (next) this.begin(next);
  }

  private onFile({ bytes, ...answer }: FileAnswer): void {
    const callId = this.fileCallId;
    if (callId === null) throw new Error('an answer about a file that nobody asked for');
    this.fileCallId = null;
    for (let start = 0; bytes && start < bytes.length; start += FILE_CHUNK_BYTES) {
      this.send(SandboxFrame.fileChunk, callId, bytes.subarray(start, start + FILE_CHUNK_BYTES));
    }
    this.send(SandboxFrame.fileDone, callId, jsonOf(answer));
  }

  private onBroken(isOutOfMemory: boolean): void {
    if (!this.call) throw new Error('the interpreter broke between two calls');
    this.kill(null, isOutOfMemory);
  }

  private kill(cause: CallCause | null, isOutOfMemory: boolean): void {
    if (cause !== null && this.call) this.call.cause ??= cause;
    this.finish({ state: 'reset', exit: { code: null, signal: 'SIGKILL' }, isOutOfMemory });
    void this.replace();
  }

  private finish(end: CallEnd): void {
    this.call?.finish(end);
    this.call = null;
  }

  private async replace(): Promise<void> {
    this.isReady = false;
    const stuck = setTimeout(() => process.exit(1), KILL_TIMEOUT_MS);
    await this.interpreter.kill();
    clearTimeout(stuck);
    this.interpreter = this.newInterpreter();
  }

  private newInterpreter(): Interpreter {
    return new Interpreter(this.boot, {
      onMessage: (message) => this.onMessage(message),
      onBroken: (isOutOfMemory) => this.onBroken(isOutOfMemory),
    });
  }

  private send(type: number, callId: number, payload: Uint8Array = NO_PAYLOAD): void {
    this.write(encodeFrame({ type, callId, payload }));
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function jsonOf(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
