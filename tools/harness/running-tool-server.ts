import type { ChildProgram } from './child-program';
import { isInterrupted } from './cleanup';
import { containersOf } from './sandbox-containers';
import type { SandboxContainer } from './sandbox-containers';

const LOOK_EVERY_MS = 200;
const TELL_EVERY_MS = 10_000;
/** Without one more warm sandbox in this time, something is wrong. */
const PATIENCE_MS = 120_000;

interface ReadyAnswer {
  readonly instance?: string | null;
  readonly slots?: { readonly idle: number; readonly leased: number; readonly creating: number };
}

/** A tool server of ours, and what can be asked of it beside calls. */
export class RunningToolServer {
  constructor(
    readonly url: string,
    readonly token: string,
    readonly program: ChildProgram,
  ) {}

  async ready(): Promise<ReadyAnswer> {
    return (await (await fetch(`${this.url}/ready`, { signal: AbortSignal.timeout(10_000) })).json()) as ReadyAnswer;
  }

  /** Its containers, and only those. */
  async containers(): Promise<readonly SandboxContainer[]> {
    const { instance } = await this.ready();
    return instance == null ? [] : containersOf(instance);
  }

  /** Waits until this many sandboxes are idle: a pool that is still filling would be measured instead of the calls. */
  async untilWarm(count: number, onProgress: (idle: number) => void = () => undefined): Promise<void> {
    let best = -1;
    let deadline = 0;
    let tellAt = performance.now() + TELL_EVERY_MS;
    for (;;) {
      const { slots } = await this.ready();
      const idle = slots?.idle ?? count;
      if (idle >= count || isInterrupted()) return;
      const nowMs = performance.now();
      if (idle > best) [best, deadline] = [idle, nowMs + PATIENCE_MS];
      if (nowMs > deadline) throw new Error(`only ${idle} of ${count} sandboxes became ready: ${JSON.stringify(slots)}`);
      if (nowMs > tellAt) [tellAt] = [nowMs + TELL_EVERY_MS, onProgress(idle)];
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}
