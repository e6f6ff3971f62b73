import type { WorkerRow } from '@interleave/contracts';
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
}

/** Between two looks at a worker's metrics. */
export const LOAD_INTERVAL_MS = 2_000;
