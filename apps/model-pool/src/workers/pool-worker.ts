import type { WorkerRow } from '@interleave/contracts';
import type { SleepLevel } from '@interleave/worker-lifecycle';

/** A worker in the pool, whoever runs it. */
export interface PoolWorker {
  readonly id: string;
  readonly row: WorkerRow;
  start(because: string): void;
  restart(because: string): void;
  /** Lets its requests finish, then stops it. */
  drain(because: string): void;
  /** Why nobody here can put it to sleep, and what to do about that; null where it can be. */
  readonly whyNoSleep: string | null;
  /** Lets its requests finish, then puts its engine to sleep. Means something to a ready one only. */
  sleep(level: SleepLevel, because: string): void;
  wake(because: string): void;
  /** Settles when nothing of it is left to be done here. */
  stop(): Promise<void>;
}
