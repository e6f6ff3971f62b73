import type { WorkerRow, WorkerTransition } from '@interleave/contracts';
import type { WorkerPolicy } from '@interleave/worker-lifecycle';
import type { PinoLogger } from 'nestjs-pino';

/** What workers share. */
export interface WorkerContext {
  readonly policy: WorkerPolicy;
  readonly probeTimeoutMs: number;
  /** How long running requests may go on when a worker is restarted. */
  readonly drainMs: number;
  readonly log: PinoLogger;
  readonly publish: (row: WorkerRow) => void;
  readonly onTransition: (transition: WorkerTransition) => void;
}

/** Between two looks at a worker's metrics. */
export const LOAD_INTERVAL_MS = 1_000;
/** A gateway may send a request for this long after it was told that the worker drains: an idle moment before that is not the end. */
export const DRAIN_SETTLE_MS = 1_000;
