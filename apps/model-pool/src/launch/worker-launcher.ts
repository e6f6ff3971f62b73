import type { ExitReport, WorkerEndpoint } from '@interleave/worker-lifecycle';
import type { LaunchWatch } from './launch-watch';

/** What runs for one worker, as far as its life needs it: a group of processes, or a container. */
export interface RunningWorker {
  /** Its number tells it from everything else that was started for the same worker. */
  readonly leader: { readonly pid: number };
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Ends what the leader has left behind and waits, so long, until it is gone. */
  finish(timeoutMs: number): Promise<void>;
}

/** A worker process, started by us or by an earlier model-pool. */
export interface WorkerProcess {
  readonly group: RunningWorker;
  readonly endpoint: WorkerEndpoint;
  /** Settles when the leader has ended; never rejects. Nulls where nobody tells how. */
  readonly ended: Promise<Omit<ExitReport, 'lastLines'>>;
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
