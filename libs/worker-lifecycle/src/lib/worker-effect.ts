import type { WorkerTimer } from './worker-event';

export type WorkerEffect =
  /** Start a process; answered by exactly one `launched` or `launch-failed` with the same number. */
  | { readonly type: 'launch'; readonly launch: number }
  /** Report the end of this process as `exited`. */
  | { readonly type: 'watch'; readonly launch: number; readonly pid: number }
  /** Ask the worker how it is, after a while; takes the place of a probe that still waits. */
  | { readonly type: 'probe'; readonly launch: number; readonly afterMs: number }
  /** Post the event of that name later; takes the place of an earlier one of the same name. */
  | { readonly type: 'schedule'; readonly timer: WorkerTimer; readonly launch: number; readonly afterMs: number }
  /** Signal the whole process group. */
  | { readonly type: 'kill'; readonly pid: number; readonly signal: 'SIGTERM' | 'SIGKILL' }
  /** The process is gone: its record is of no use any more. */
  | { readonly type: 'forget-record' };
