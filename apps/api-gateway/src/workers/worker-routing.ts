import type { HttpTransport } from '../http/http-connections';
import type { SilenceWatch } from './silence-watch';
import type { WorkerDirectory } from './worker-directory';

/** What it takes to get a round done somewhere: the same for all trajectories. */
export interface WorkerRouting {
  readonly directory: WorkerDirectory;
  readonly watch: SilenceWatch;
  readonly transport: HttpTransport;
}
