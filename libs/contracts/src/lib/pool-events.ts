import type { WorkerStatus } from './worker-table';

export interface WorkerTransition {
  readonly worker: string;
  readonly deployment: string;
  readonly from: WorkerStatus;
  readonly to: WorkerStatus;
  /** A sentence without its full stop: why. */
  readonly because: string;
  readonly error: string | null;
}

/** Something that happened in the pool; the watch stream brings each, the list the last hundred. */
export interface PoolEvent extends WorkerTransition {
  /** Grows by one with every event of a run. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
}
