/** What a worker said of itself when it was probed. */
export interface WorkerFacts {
  readonly servedNames: readonly string[];
  readonly maxModelLength: number | null;
  /** Sequences at once; null: it does not say. */
  readonly maxRunning: number | null;
}

interface Life {
  /** Number of the newest process. Everything that comes from a process carries it, so that news of an older one are known as such. */
  readonly launch: number;
  /** Starts after a crash or a hang, since somebody last asked for a start. */
  readonly restarts: number;
  /** Crashes in a row without a stable time in between. */
  readonly crashes: number;
  /** What went wrong last, for people; null once the worker is ready. */
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
 */
export type WorkerState =
  | (Life & { readonly status: 'stopped' })
  /** `pid` is null while the launch is under way. */
  | (Life & { readonly status: 'starting'; readonly pid: number | null })
  | (Life & { readonly status: 'ready'; readonly pid: number; readonly facts: WorkerFacts; readonly failedProbes: number })
  | (Life & { readonly status: 'draining'; readonly pid: number; readonly facts: WorkerFacts; readonly next: AfterStop })
  | (Life & { readonly status: 'stopping'; readonly pid: number | null; readonly next: AfterStop })
  | (Life & { readonly status: 'backoff'; readonly delayMs: number })
  | (Life & { readonly status: 'failed' });

export type WorkerStatus = WorkerState['status'];

export type StateOf<Status extends WorkerStatus> = Extract<WorkerState, { status: Status }>;

export const INITIAL_WORKER_STATE: StateOf<'stopped'> = { status: 'stopped', launch: 0, restarts: 0, crashes: 0, error: null };
