import type { WorkerRow } from '@interleave/contracts';

/** A worker in the pool, whoever runs it. */
export interface PoolWorker {
  readonly id: string;
  readonly row: WorkerRow;
  start(): void;
  restart(): void;
  /** Settles when nothing of it is left to be done here. */
  stop(): Promise<void>;
}
