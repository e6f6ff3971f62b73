import { scriptStreams } from '@interleave/sandbox';
import type { ScriptStreams } from '@interleave/sandbox';
import type { CallRecorder } from '../metrics/call-recorder';
import { RunGate } from '../pool/run-gate';
import type { SessionRegistry } from '../sessions/session-registry';

/** A batch may be larger than the pool: its items wait for each other, and end with the request if the client gives up. */
const QUEUE_TIMEOUT_MS = 15 * 60_000;

export interface Script {
  readonly code: string;
  /** Runs before it and is not part of it. */
  readonly prelude: string;
  readonly stdin: string;
  readonly timeoutMs: number;
}

export interface ScriptRun {
  readonly streams: ScriptStreams;
  readonly wallMs: number;
  readonly waitedMs: number;
}

/** How often a long run is looked at. */
const LONG_RUN_MS = 200;

/** Runs programs, each in an interpreter of its own. */
export class ScriptRunner {
  private readonly places: RunGate;
  private readonly sandboxes: RunGate;

  /** @param maxSandboxes used at once at most, however long their programs sleep */
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly recorder: CallRecorder,
    private readonly gate: RunGate,
    maxSandboxes: number,
  ) {
    // While one sandbox is wiped, another one runs; more of them would only have to be made.
    this.places = new RunGate(Math.min(2 * gate.max, maxSandboxes));
    this.sandboxes = new RunGate(maxSandboxes);
  }

  async run({ code, prelude, stdin, timeoutMs }: Script, signal: AbortSignal): Promise<ScriptRun> {
    const startedAtMs = performance.now();
    return this.inPlace(signal, async () => {
      const session = await this.sessions.open(QUEUE_TIMEOUT_MS, signal, { checkpoint: 'off', style: 'script' });
      try {
        // No grace: there is no state to save.
        const program = { code, prelude, stdin: stdin === '' ? null : stdin, timeoutMs, graceMs: 0 };
        const outcome = await this.recorder.record('observation', () => session.execute(program, signal));
        const { wallMs } = outcome;
        return { streams: scriptStreams(outcome, timeoutMs / 1000), wallMs, waitedMs: performance.now() - startedAtMs - wallMs };
      } finally {
        await this.sessions.close(session.id);
      }
    });
  }

  private async inPlace<Result>(signal: AbortSignal, act: () => Promise<Result>): Promise<Result> {
    const leavePlace = once(await this.places.enter(signal));
    try {
      const leaveSandbox = await this.sandboxes.enter(signal);
      // A program that is still there and leaves the cores to others (it sleeps) leaves its place to the next one.
      const lookout = setInterval(() => {
        if (this.gate.waitingCount === 0) leavePlace();
      }, LONG_RUN_MS);
      try {
        return await act();
      } finally {
        clearInterval(lookout);
        leaveSandbox();
      }
    } finally {
      leavePlace();
    }
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
