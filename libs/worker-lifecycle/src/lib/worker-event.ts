import type { SleepLevel, WorkerFacts } from './worker-state';

/** How a process ended. Code and signal are null where it was not our child: nobody tells then. */
export interface ExitReport {
  readonly code: number | null;
  readonly signal: string | null;
  /** Whether the kernel ended it for want of memory, where somebody tells. */
  readonly ranOutOfMemory?: boolean;
  /** The end of its output, oldest first. */
  readonly lastLines: readonly string[];
}

export type WorkerTimer =
  'start-deadline' | 'stop-deadline' | 'drain-deadline' | 'sleep-deadline' | 'wake-deadline' | 'backoff-elapsed' | 'stable';

/** What somebody wants of a worker. `because`: why, in the words of a sentence. */
export type WorkerRequest =
  | { readonly type: 'start-requested'; readonly because: string }
  /** `drainMs`: how long running requests may go on first. `thenStart`: a restart. */
  | { readonly type: 'stop-requested'; readonly drainMs: number; readonly thenStart: boolean; readonly because: string }
  | { readonly type: 'sleep-requested'; readonly level: SleepLevel; readonly drainMs: number; readonly because: string }
  | { readonly type: 'wake-requested'; readonly because: string };

export type WorkerEvent =
  | WorkerRequest
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
  | { readonly type: 'fell-asleep'; readonly launch: number }
  /** The engine won't, and is as it was. */
  | { readonly type: 'sleep-refused'; readonly launch: number; readonly reason: string }
  /** Something went wrong on the way: nobody knows whether it sleeps. */
  | { readonly type: 'sleep-failed'; readonly launch: number; readonly reason: string }
  | { readonly type: 'woke-up'; readonly launch: number }
  | { readonly type: 'wake-failed'; readonly launch: number; readonly reason: string }
  /** Its metrics say something else than what is known of its sleep. */
  | { readonly type: 'sleep-doubted'; readonly launch: number }
  | { readonly type: WorkerTimer; readonly launch: number };
