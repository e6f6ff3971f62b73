import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import type { DetachedContainers } from '@interleave/docker-runtime';
import { AppError, isAppError } from '@interleave/kernel';
import type { WorkerRecordStore } from '../records/worker-record-store';
import type { ContainerOptions } from './container-options';
import { containerProcess } from './container-process';
import { explainContainerFailure } from './explain-container-failure';
import type { FreePorts } from './free-port';
import type { LaunchWatch } from './launch-watch';
import { cacheMounts, modelMounts } from './worker-mounts';
import { CONTAINER_PORT, containerEnvironment, workerContainer } from './worker-container';
import type { WorkerImages } from './worker-images';
import type { WorkerLauncher, WorkerProcess } from './worker-launcher';
import type { WorkerLog } from './worker-log';
import { fingerprintOf } from './worker-spec';
import type { WorkerSpec } from './worker-spec';

const KEY_BYTES = 24;
const CREATE_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 60_000;
const REMOVE_TIMEOUT_MS = 15_000;

export interface ContainerLauncherContext {
  readonly containers: DetachedContainers;
  readonly images: WorkerImages;
  readonly records: WorkerRecordStore;
  readonly ports: FreePorts;
  readonly log: WorkerLog;
  /** Where workers are reached on this machine. */
  readonly host: string;
  /** See `poolIdentity`. */
  readonly pool: string;
}

/** Starts a worker as a container, which outlives model-pool, and records it as soon as it runs. */
export class ContainerLauncher implements WorkerLauncher {
  private port: number | null = null;

  constructor(
    private readonly spec: WorkerSpec,
    private readonly options: ContainerOptions,
    private readonly context: ContainerLauncherContext,
  ) {}

  async launch(watch: LaunchWatch): Promise<WorkerProcess> {
    const model = await this.spec.prepare?.(watch);
    const output = this.context.log.startNew();
    try {
      await this.context.images.ensure(this.options.image, watch);
      return await this.start(output, model);
    } catch (error) {
      closeSync(output);
      if (isAppError(error) && error.code === 'worker_failed') throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new AppError('worker_failed', explainContainerFailure(reason, this.options.image), { cause: error });
    }
  }

  lastLines(): string[] {
    return this.context.log.lastLines(30);
  }

  capLog(): void {
    this.context.log.cap();
  }

  forget(): void {
    this.context.records.forget(this.spec.id);
    this.forgetPort();
  }

  private async start(output: number, model: string | undefined): Promise<WorkerProcess> {
    const { containers, records, ports, host, log, pool } = this.context;
    const { id: worker, deployment, engine, devices } = this.spec;
    this.forgetPort();
    this.port = await ports.take(host);
    const endpoint = { host, port: this.port, apiKey: randomBytes(KEY_BYTES).toString('base64url') };
    const launch = randomBytes(6).toString('hex');
    const environment = containerEnvironment(this.options.environmentNames);
    const command = this.spec.commandLine({ host: '0.0.0.0', port: CONTAINER_PORT, apiKey: endpoint.apiKey }, model);
    const mounts = [...modelMounts(model ?? this.spec.model), ...cacheMounts(this.options.cache)];
    const published = { host, port: this.port };
    const { options } = this;
    const request = { worker, deployment, pool, launch, options, devices, command, mounts, published, environment };
    const { spec, files } = workerContainer(request);
    const name = `interleave-${worker}-${launch}`;
    // From here on it may be there, whatever the engine says: it is removed by its name unless it runs and is known.
    try {
      const id = await containers.create(name, spec, files, AbortSignal.timeout(CREATE_TIMEOUT_MS));
      await containers.start(id, AbortSignal.timeout(START_TIMEOUT_MS));
      const condition = await containers.inspect(id, AbortSignal.timeout(START_TIMEOUT_MS));
      const container = { id, launch, startedAt: condition?.startedAt ?? '' };
      const { port, apiKey } = endpoint;
      records.write({ id: worker, deployment, engine, devices, spec: fingerprintOf(this.spec, host), container, port, apiKey });
      return containerProcess({ containers, id, log }, endpoint, output);
    } catch (error) {
      await containers.remove(name, AbortSignal.timeout(REMOVE_TIMEOUT_MS)).catch(() => undefined);
      throw error;
    }
  }

  private forgetPort(): void {
    if (this.port !== null) this.context.ports.giveBack(this.port);
    this.port = null;
  }
}
