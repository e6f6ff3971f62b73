import { encodeFrame, EXECUTE_HEAD_BYTES, FrameDecoder, HostFrame, SandboxFrame } from '@interleave/sandbox';
import type { Frame } from '@interleave/sandbox';

export interface FakeProgram {
  readonly code: string;
  readonly stdin: string | null;
  readonly cell: number;
  readonly timeoutMs: number;
  readonly isCrowded: boolean;
  readonly maxOutputBytes: number;
  /** MiB; 0: as much as the sandbox has. */
  readonly memoryMib: number;
  readonly checkpoint: 'off' | 'auto' | 'always';
  readonly style: 'notebook' | 'script';
  readonly isRevocable: boolean;
}

export interface FakeRun {
  /** Written at once, before it waits for anything. */
  readonly writes?: readonly (readonly ['stdout' | 'stderr', string | Uint8Array])[];
  readonly stdout?: string;
  readonly value?: string | null;
  readonly error?: { readonly type: string; readonly message: string; readonly traceback: string };
  readonly state?: 'kept' | 'reset';
  readonly cause?: 'timeout' | 'irrevocable' | null;
  /** The program goes on until it is cancelled. */
  readonly isEndless?: boolean;
  /** Resolves when the program ends. */
  readonly until?: Promise<void>;
  /** Sent in place of an answer. */
  readonly garbage?: Uint8Array;
}

export type SupervisorScript = (program: FakeProgram) => FakeRun;

const PACKAGES = [
  { name: 'numpy', version: '1.24.2' },
  { name: 'pillow', version: '9.4.0', import: 'PIL' },
];

/** Speaks the supervisor's protocol and plays a script for each program. */
export class FakeSupervisor {
  readonly programs: FakeProgram[] = [];
  wipes = 0;
  cancels = 0;
  revokes = 0;
  /** Set: pings stay without an answer. */
  isDeaf = false;
  readonly files = new Map<string, Uint8Array>();
  private readonly decoder = new FrameDecoder();
  private endless: number | null = null;

  constructor(
    private readonly script: SupervisorScript,
    private readonly send: (bytes: Uint8Array) => void,
  ) {
    this.reply(SandboxFrame.hello, 0, { protocol: 1, python: '3.11.2', packages: PACKAGES });
  }

  receive(bytes: Uint8Array): void {
    for (const frame of this.decoder.push(bytes)) this.handle(frame);
  }

  private handle({ type, callId, payload }: Frame): void {
    if (type === HostFrame.ping && !this.isDeaf) this.reply(SandboxFrame.pong, callId);
    else if (type === HostFrame.wipe) {
      this.wipes += 1;
      this.files.clear();
      this.reply(SandboxFrame.wiped, callId);
    } else if (type === HostFrame.cancel) {
      this.cancels += 1;
      if (this.endless === callId) this.finish(callId, { cause: null });
    } else if (type === HostFrame.revoke) {
      this.revokes += 1;
      this.send(encodeFrame({ type: SandboxFrame.revoked, callId, payload: new Uint8Array([1]) }));
    } else if (type === HostFrame.execute) void this.run(callId, payload);
    else this.handleFile(type, callId, Buffer.from(payload));
  }

  private handleFile(type: number, callId: number, payload: Buffer): void {
    if (type === HostFrame.listFiles) {
      const files = [...this.files].map(([path, { length }]) => ({ path, size: length, modified_at_ms: 5 }));
      return this.reply(SandboxFrame.fileDone, callId, { error: null, files, is_truncated: false });
    }
    if (type === HostFrame.putFile) {
      const pathEnd = 2 + payload.readUInt16BE();
      this.files.set(payload.toString('utf8', 2, pathEnd), payload.subarray(pathEnd));
      return this.reply(SandboxFrame.fileDone, callId, { error: null, size: payload.length - pathEnd });
    }
    const path = payload.toString();
    const content = this.files.get(path);
    if (!content) {
      const error = { code: 'not_found', message: `There is no ${path}.` };
      return this.reply(SandboxFrame.fileDone, callId, { error });
    }
    if (type === HostFrame.deleteFile) this.files.delete(path);
    else this.send(encodeFrame({ type: SandboxFrame.fileChunk, callId, payload: content }));
    this.reply(SandboxFrame.fileDone, callId, { error: null, size: content.length });
  }

  private async run(callId: number, payload: Uint8Array): Promise<void> {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const body = JSON.parse(new TextDecoder().decode(payload.subarray(EXECUTE_HEAD_BYTES))) as { code: string; stdin?: string };
    const flags = view.getUint32(20);
    const program: FakeProgram = {
      code: body.code,
      stdin: body.stdin ?? null,
      cell: view.getUint32(0),
      timeoutMs: view.getUint32(4),
      maxOutputBytes: view.getUint32(12),
      memoryMib: view.getUint32(16),
      checkpoint: (['off', 'auto', 'always'] as const)[flags & 3] ?? 'off',
      style: flags & 4 ? 'script' : 'notebook',
      isCrowded: (flags & 8) !== 0,
      isRevocable: (flags & 16) !== 0,
    };
    this.programs.push(program);
    const run = this.script(program);
    for (const [stream, content] of run.writes ?? []) {
      this.send(encodeFrame({ type: SandboxFrame[stream], callId, payload: typeof content === 'string' ? Buffer.from(content) : content }));
    }
    if (run.garbage) return this.send(run.garbage);
    if (run.isEndless) {
      this.endless = callId;
      return;
    }
    await run.until;
    this.finish(callId, run);
  }

  private finish(callId: number, run: FakeRun): void {
    this.endless = null;
    if (run.stdout) this.send(encodeFrame({ type: SandboxFrame.stdout, callId, payload: new TextEncoder().encode(run.stdout) }));
    const { state = 'kept', cause = null, value = null, error = null } = run;
    if (state === 'kept' && cause !== 'irrevocable') this.reply(SandboxFrame.report, callId, { value, error, exit_code: null });
    const exit = state === 'reset' ? { code: null, signal: 'SIGKILL' } : null;
    this.reply(SandboxFrame.result, callId, { state, cause, exit, oom_kills: 0, wall_ms: 2, cpu_ms: 1, peak_memory_bytes: 1000 });
  }

  private reply(type: number, callId: number, body?: object): void {
    const payload = body ? new TextEncoder().encode(JSON.stringify(body)) : new Uint8Array(0);
    this.send(encodeFrame({ type, callId, payload }));
  }
}
