import type { DetachedContainers } from '@interleave/docker-runtime';
import { knownPoolIdentity, poolIdentity } from '../records/pool-identity';
import type { WorkerRecordStore } from '../records/worker-record-store';
import { ContainerLauncher } from './container-launcher';
import type { ContainerOptions } from './container-options';
import type { FreePorts } from './free-port';
import { WorkerImages } from './worker-images';
import type { WorkerLauncher } from './worker-launcher';
import type { WorkerLog } from './worker-log';
import type { WorkerSpec } from './worker-spec';

export interface ContainerWorkersContext {
  readonly records: WorkerRecordStore;
  readonly ports: FreePorts;
  readonly host: string;
  readonly stateDirectory: string;
}

/** What the workers of a pool that are containers share. Nothing here asks for an engine before there is one. */
export class ContainerWorkers {
  private readonly images: WorkerImages;

  constructor(
    readonly containers: DetachedContainers,
    private readonly context: () => ContainerWorkersContext,
  ) {
    this.images = new WorkerImages(containers);
  }

  /** The identity that its containers carry; null where this pool has never had one. */
  knownPool(): string | null {
    return knownPoolIdentity(this.context().stateDirectory);
  }

  launcher(spec: WorkerSpec, options: ContainerOptions, log: WorkerLog): WorkerLauncher {
    const { containers, images } = this;
    const { records, ports, host, stateDirectory } = this.context();
    return new ContainerLauncher(spec, options, { containers, images, records, ports, log, host, pool: poolIdentity(stateDirectory) });
  }
}
