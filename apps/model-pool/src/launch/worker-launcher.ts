import type { WorkerEndpoint } from '@interleave/worker-lifecycle';
import type { ProcessGroup } from '../processes/process-group';
import type { LaunchWatch } from './launch-watch';

/** A worker process, started by us or by an earlier model-pool. */
export interface WorkerProcess {
  readonly group: ProcessGroup;
  readonly endpoint: WorkerEndpoint;
  /** Settles when the leader has ended; never rejects. Nulls where nobody tells how. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Starts the processes of one worker. */
export interface WorkerLauncher {
  /** @throws when no process could be started; the message says why */
  launch(watch: LaunchWatch): Promise<WorkerProcess>;
  /** The end of what the newest process printed, oldest line first. */
  lastLines(): string[];
  /** Keeps the log within its bound; called now and then. */
  capLog(): void;
  /** Forgets what was kept for the newest process, which is gone. */
  forget(): void;
}
