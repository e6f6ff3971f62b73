import { SandboxFrame } from '@interleave/sandbox';
import { Capture } from './capture';
import type { StreamName } from './capture';

/** Memory is looked at this often: the interpreter's own limit holds at every moment, this one is for what is outside of it. */
const WATCH_MS = 25;
const STREAM_FRAMES = { stdout: SandboxFrame.stdout, stderr: SandboxFrame.stderr } as const;

/** Why we ended a call. */
export type CallCause = 'timeout' | 'cancelled' | 'output_limit' | 'violation';

export interface CallEnd {
  readonly state: 'kept' | 'reset';
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  readonly isOutOfMemory: boolean;
}

export interface CallTerms {
  readonly id: number;
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly keptBytes: number;
  readonly maxProcessBytes: number;
}

/** What a call does to the world. */
export interface CallEffects {
  send(type: number, payload: Uint8Array): void;
  interrupt(): void;
  kill(cause: CallCause | null, isOutOfMemory: boolean): void;
}

/** One call in flight: its deadline, its output, its memory, and the readings that its facts are differences of. */
export class RunningCall {
  cause: CallCause | null = null;
  private readonly capture: Capture;
  private readonly startedAtMs = performance.now();
  private readonly cpuBefore = process.cpuUsage();
  private readonly watch: NodeJS.Timeout;
  private deadline: NodeJS.Timeout;
  private interrupts = 0;
  private peakBytes = process.memoryUsage.rss();

  constructor(
    private readonly terms: CallTerms,
    private readonly effects: CallEffects,
  ) {
    this.capture = new Capture(terms.keptBytes, {
      output: (stream, bytes) => this.effects.send(STREAM_FRAMES[stream], bytes),
      gap: (stream, droppedBytes) => this.effects.send(SandboxFrame.gap, encodeGap(stream, droppedBytes)),
    });
    this.deadline = setTimeout(() => this.onDeadline('timeout'), terms.timeoutMs);
    this.watch = setInterval(() => this.watchMemory(), WATCH_MS);
  }

  get id(): number {
    return this.terms.id;
  }

  write(stream: StreamName, bytes: Uint8Array): void {
    this.capture.add(stream, bytes);
    if (this.capture.isFlood) this.effects.kill('output_limit', false);
  }

  cancel(): void {
    if (this.cause !== null) return;
    clearTimeout(this.deadline);
    this.onDeadline('cancelled');
  }

  finish({ state, exit, isOutOfMemory }: CallEnd): void {
    clearTimeout(this.deadline);
    clearInterval(this.watch);
    const { user, system } = process.cpuUsage(this.cpuBefore);
    this.capture.finish();
    const facts = {
      state,
      cause: this.cause,
      exit,
      oom_kills: isOutOfMemory ? 1 : 0,
      wall_ms: round(performance.now() - this.startedAtMs),
      cpu_ms: round((user + system) / 1000),
      peak_memory_bytes: Math.max(this.peakBytes, process.memoryUsage.rss()),
    };
    this.effects.send(SandboxFrame.result, new TextEncoder().encode(JSON.stringify(facts)));
  }

  /** Two interrupts, the second for a program that caught the first, then the end. */
  private onDeadline(cause: CallCause): void {
    this.cause ??= cause;
    if (this.interrupts === 2 || this.terms.graceMs === 0) return this.effects.kill(cause, false);
    this.interrupts += 1;
    this.effects.interrupt();
    this.deadline = setTimeout(() => this.onDeadline(cause), this.terms.graceMs / 2);
  }

  private watchMemory(): void {
    const bytes = process.memoryUsage.rss();
    this.peakBytes = Math.max(this.peakBytes, bytes);
    if (bytes > this.terms.maxProcessBytes) this.effects.kill(null, true);
  }
}

function encodeGap(stream: StreamName, droppedBytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(9));
  view.setUint8(0, STREAM_FRAMES[stream]);
  view.setBigUint64(1, BigInt(droppedBytes));
  return new Uint8Array(view.buffer);
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
