import { encodeFrame, EXECUTE_HEAD_BYTES, FrameDecoder, HostFrame, SandboxFrame } from '@interleave/sandbox';
import type { Frame } from '@interleave/sandbox';

export interface FakeProgram {
  readonly code: string;
  readonly stdin: string | null;
  readonly cell: number;
  readonly timeoutMs: number;
}

export interface FakeRun {
  readonly stdout?: string;
  readonly value?: string | null;
  readonly error?: { readonly type: string; readonly message: string; readonly traceback: string };
  readonly state?: 'kept' | 'reset';
  readonly cause?: 'timeout' | null;
  /** The program goes on until it is cancelled. */
  readonly isEndless?: boolean;
  /** Resolves when the program ends. */
  readonly until?: Promise<void>;
  /** Sent in place of an answer. */
  readonly garbage?: Uint8Array;
}

export type SupervisorScript = (program: FakeProgram) => FakeRun;

/** Speaks the supervisor's protocol and plays a script for each program. */
export class FakeSupervisor {
  readonly programs: FakeProgram[] = [];
  wipes = 0;
  cancels = 0;
  /** Set: pings stay without an answer. */
  isDeaf = false;
  private readonly decoder = new FrameDecoder();
  private endless: number | null = null;

  constructor(
    private readonly script: SupervisorScript,
    private readonly send: (bytes: Uint8Array) => void,
  ) {
    this.reply(SandboxFrame.hello, 0, { protocol: 1, python: '3.11.2', packages: [{ name: 'numpy', version: '1.24.2' }] });
  }

  receive(bytes: Uint8Array): void {
    for (const frame of this.decoder.push(bytes)) this.handle(frame);
  }

  private handle({ type, callId, payload }: Frame): void {
    if (type === HostFrame.ping && !this.isDeaf) this.reply(SandboxFrame.pong, callId);
    else if (type === HostFrame.wipe) {
      this.wipes += 1;
      this.reply(SandboxFrame.wiped, callId);
    } else if (type === HostFrame.cancel) {
      this.cancels += 1;
      if (this.endless === callId) this.finish(callId, { cause: null });
    } else if (type === HostFrame.execute) void this.run(callId, payload);
  }

  private async run(callId: number, payload: Uint8Array): Promise<void> {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const body = JSON.parse(new TextDecoder().decode(payload.subarray(EXECUTE_HEAD_BYTES))) as { code: string; stdin?: string };
    const program = { code: body.code, stdin: body.stdin ?? null, cell: view.getUint32(0), timeoutMs: view.getUint32(4) };
    this.programs.push(program);
    const run = this.script(program);
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
    if (state === 'kept') this.reply(SandboxFrame.report, callId, { value, error, exit_code: null });
    const exit = state === 'reset' ? { code: null, signal: 'SIGKILL' } : null;
    this.reply(SandboxFrame.result, callId, { state, cause, exit, oom_kills: 0, wall_ms: 2, cpu_ms: 1, peak_memory_bytes: 1000 });
  }

  private reply(type: number, callId: number, body?: object): void {
    const payload = body ? new TextEncoder().encode(JSON.stringify(body)) : new Uint8Array(0);
    this.send(encodeFrame({ type, callId, payload }));
  }
}
