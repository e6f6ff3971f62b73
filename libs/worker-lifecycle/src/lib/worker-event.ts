import type { WorkerFacts } from './worker-state';

/** How a process ended. Code and signal are null where it was not our child: nobody tells then. */
export interface ExitReport {
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of its output, oldest first. */
  readonly lastLines: readonly string[];
}

export type WorkerTimer = 'start-deadline' | 'stop-deadline' | 'drain-deadline' | 'backoff-elapsed' | 'stable';

export type WorkerEvent =
  | { readonly type: 'start-requested' }
  /** `drainMs`: how long running requests may go on first. `thenStart`: a restart. */
  | { readonly type: 'stop-requested'; readonly drainMs: number; readonly thenStart: boolean }
  /** A process of an earlier run was found alive and proved to be this worker; `facts` is null while it still starts. */
  | { readonly type: 'adopted'; readonly pid: number; readonly facts: WorkerFacts | null }
  | { readonly type: 'launched'; readonly launch: number; readonly pid: number }
  /** `isPermanent`: a new start would end the same way. */
  | { readonly type: 'launch-failed'; readonly launch: number; readonly reason: string; readonly isPermanent?: boolean }
  | { readonly type: 'probe-succeeded'; readonly launch: number; readonly facts: WorkerFacts }
  | { readonly type: 'probe-failed'; readonly launch: number; readonly reason: string }
  /** The process and everything in its group is gone. */
  | ({ readonly type: 'exited'; readonly launch: number } & ExitReport)
  /** No request is running or waiting any more. */
  | { readonly type: 'drained'; readonly launch: number }
  | { readonly type: WorkerTimer; readonly launch: number };
