import type { WorkerRow } from '@interleave/contracts';

/** A worker in the pool, whoever runs it. */
export interface PoolWorker {
  readonly id: string;
  readonly row: WorkerRow;
  start(because: string): void;
  restart(because: string): void;
  /** Lets its requests finish, then stops it. */
  drain(because: string): void;
  /** Settles when nothing of it is left to be done here. */
  stop(): Promise<void>;
}
