import type { WorkerTimer } from './worker-event';
import type { SleepLevel } from './worker-state';

export type WorkerEffect =
  /** Start a process; answered by exactly one `launched` or `launch-failed` with the same number. */
  | { readonly type: 'launch'; readonly launch: number }
  /** Report the end of this process as `exited`. */
  | { readonly type: 'watch'; readonly launch: number; readonly pid: number }
  /** Ask the worker how it is, after a while; takes the place of a probe that waits, or was not answered yet. */
  | { readonly type: 'probe'; readonly launch: number; readonly afterMs: number }
  /** Tell the engine to sleep; answered by `fell-asleep`, `sleep-refused` or `sleep-failed`, unless it is told something else first. */
  | { readonly type: 'fall-asleep'; readonly launch: number; readonly level: SleepLevel }
  /** Tell the engine to wake up; answered by `woke-up` or `wake-failed`. */
  | { readonly type: 'wake-up'; readonly launch: number; readonly level: SleepLevel }
  /** Post the event of that name later; takes the place of an earlier one of the same name. */
  | { readonly type: 'schedule'; readonly timer: WorkerTimer; readonly launch: number; readonly afterMs: number }
  /** Signal the whole process group. */
  | { readonly type: 'kill'; readonly pid: number; readonly signal: 'SIGTERM' | 'SIGKILL' }
  /** The process is gone: its record is of no use any more. */
  | { readonly type: 'forget-record' };
