/** vLLM's: 1 keeps the weights in the memory of the host, 2 keeps nothing and reads them again. */
export type SleepLevel = 1 | 2;

/** What a worker said of itself when it was probed. */
export interface WorkerFacts {
  readonly servedNames: readonly string[];
  readonly maxModelLength: number | null;
  /** Sequences at once; null: it does not say. */
  readonly maxRunning: number | null;
  /** Null while it is awake, and where the engine has no sleep mode. */
  readonly sleepLevel: SleepLevel | null;
}

interface Life {
  /** Number of the newest process. Everything that comes from a process carries it, so that news of an older one are known as such. */
  readonly launch: number;
  /** Starts after a crash or a hang, since somebody last asked for a start. */
  readonly restarts: number;
  /** Crashes in a row without a stable time in between. */
  readonly crashes: number;
  /** What went wrong last, for people; null once the worker is ready, unless it came back from a sleep that failed. */
  readonly error: string | null;
}

/** What comes after the process is gone: nothing, a fresh start that was asked for, or what a crash leads to. */
export type AfterStop = 'stop' | 'start' | 'recover';

/**
 * A worker's life:
 *
 *                 start                     probe ok
 *     stopped ───────────▶ starting ──────────────────────▶ ready ───── stop ────▶ draining
 *      ▲  ▲                 ▲  │ │                          │ │ │                     │
 *      │  │   backoff over  │  │ └── exit ──┐  ┌─── exit ───┘ │ └─ stop, no drain ─┐  │ idle, or deadline
 *      │  │                 │  │            ▼  ▼              │                   ▼  ▼
 *      │  └──── stop ──── backoff ◀───── (a crash) ◀──── exit after a hang ──── stopping
 *      │                       │            │                 │                   ▲  │
 *      │                       │            ▼                 └── hang ───────────┤  │
 *      ├─────────── stop ──────│───────── failed                                  │  │
 *      │                       └── stop, start-up deadline ───────────────────────┘  │
 *      └────────────────────────────────── exit ─────────────────────────────────────┘
 *
 * A crash leads to `backoff`; too many in a row, or one that a new start cannot mend, to `failed`.
 * `failed` is left by a start that somebody asks for.
 *
 * Where the engine has a sleep mode, and somebody asks for it:
 *
 *               sleep                       idle, or deadline; the engine says that it sleeps
 *     ready ───────────────▶ falling-asleep ─────────────────────────────────────────────────▶ asleep
 *      ▲  ▲ ◀── wake, refused ────┘   │                                                          │
 *      │  │                           └── failed: nobody knows whether it sleeps ──┐             │
 *      │  └───────────────────────────────── probe ok ────────────────────────── waking ◀─ wake ─┘
 *      └──────────── a probe says that somebody else woke it, or the other way round ────────────┘
 *
 * All three are left by an exit as `ready` is, by a stop towards `stopping`, and by a wake that fails as by a hang.
 */
export type WorkerState =
  | (Life & { readonly status: 'stopped' })
  /** `pid` is null while the launch is under way. */
  | (Life & { readonly status: 'starting'; readonly pid: number | null })
  | (Life & { readonly status: 'ready'; readonly pid: number; readonly facts: WorkerFacts; readonly failedProbes: number })
  /** Running requests end first, then the engine is told, which `isTold` says. `thenWake`: somebody needs it already. */
  | (Life & {
      readonly status: 'falling-asleep';
      readonly pid: number;
      readonly facts: WorkerFacts;
      readonly level: SleepLevel;
      readonly isTold: boolean;
      readonly thenWake: boolean;
    })
  | (Life & { readonly status: 'asleep'; readonly pid: number; readonly facts: WorkerFacts; readonly failedProbes: number })
  | (Life & { readonly status: 'waking'; readonly pid: number; readonly facts: WorkerFacts })
  | (Life & { readonly status: 'draining'; readonly pid: number; readonly facts: WorkerFacts; readonly next: AfterStop })
  | (Life & { readonly status: 'stopping'; readonly pid: number | null; readonly next: AfterStop })
  | (Life & { readonly status: 'backoff'; readonly delayMs: number })
  | (Life & { readonly status: 'failed' });

export type WorkerStatus = WorkerState['status'];

/** It serves, or can again in moments: it is asleep, on the way there or back. */
export function isUp(status: WorkerStatus): boolean {
  return status === 'ready' || status === 'falling-asleep' || status === 'asleep' || status === 'waking';
}

export type StateOf<Status extends WorkerStatus> = Extract<WorkerState, { status: Status }>;

export const INITIAL_WORKER_STATE: StateOf<'stopped'> = { status: 'stopped', launch: 0, restarts: 0, crashes: 0, error: null };
