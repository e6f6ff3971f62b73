import type { WorkerRow } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import type { ModelPoolSettings } from '@interleave/settings';
import type { FleetWorker } from '@interleave/worker-lifecycle';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { PinoLogger } from 'nestjs-pino';
import type { DeploymentRegistry } from '../deployments/deployment-registry';
import type { WorkerLog } from '../launch/worker-log';
import type { ProcessTable } from '../processes/process-table';
import { StateLock } from '../records/state-lock';
import type { WorkerRecord } from '../records/worker-record';
import { adoptContainers } from './adopt-containers';
import { adoptWorkers } from './adopt-workers';
import type { AdoptedProcess } from './adopt-workers';
import type { DemandKeeper } from './demand-keeper';
import type { FleetRunner } from './fleet-runner';
import type { PoolWorker } from './pool-worker';
import type { WorkerFactory } from './worker-factory';
import type { WorkerTableStore } from './worker-table';

/** All workers of this pool, from before model-pool listens until it ends. */
export class WorkerPoolService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private external: readonly PoolWorker[] = [];
  private lock: StateLock | null = null;
  private starting: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: ModelPoolSettings,
    private readonly stateDirectory: string,
    private readonly processes: ProcessTable,
    private readonly registry: DeploymentRegistry,
    private readonly factory: WorkerFactory,
    private readonly runner: FleetRunner,
    private readonly demand: DemandKeeper,
    private readonly table: WorkerTableStore,
    private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    this.starting = this.begin();
    return this.starting;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.runner.refuseStarts();
    // A start that failed has been reported; one that is under way may still adopt workers, which are then to be ended.
    await this.starting.catch(() => undefined);
    this.demand.end();
    await Promise.all([this.runner.end(), ...this.external.map((worker) => worker.stop())]);
    this.registry.forget();
    this.lock?.release();
  }

  /** @throws AppError `not_found`, `conflict` while it leaves */
  restart(id: string): WorkerRow {
    const worker = this.staying(id);
    worker.restart('a restart was asked for');
    return worker.row;
  }

  /** Lets its requests finish and stops it; it stays stopped until somebody restarts it. */
  drain(id: string): WorkerRow {
    const worker = this.staying(id);
    worker.drain('a drain was asked for');
    return worker.row;
  }

  /**
   * Lets its requests finish and puts its engine to sleep: its weights leave the GPU, its process stays.
   * @throws AppError `not_found`, `invalid_request`, `conflict` where it cannot sleep, or not now
   */
  sleep(id: string, level: unknown): WorkerRow {
    const worker = this.staying(id);
    const { status } = worker.row;
    if (level !== 1 && level !== 2) {
      throw new AppError('invalid_request', 'level is 1 (weights kept in memory) or 2 (weights read again).', { param: 'level' });
    }
    if (worker.whyNoSleep !== null) throw new AppError('conflict', worker.whyNoSleep, { param: 'id' });
    if (status !== 'ready') throw new AppError('conflict', `${id} is ${status}: only a ready worker falls asleep.`, { param: 'id' });
    worker.sleep(level, 'a sleep was asked for');
    return worker.row;
  }

  /** @throws AppError `not_found`, `conflict` where it doesn't sleep */
  wake(id: string): WorkerRow {
    const worker = this.staying(id);
    const { status } = worker.row;
    if (status !== 'asleep' && status !== 'falling-asleep') {
      throw new AppError('conflict', `${id} is ${status}: only a worker that sleeps is woken.`, { param: 'id' });
    }
    worker.wake('a wake was asked for');
    return worker.row;
  }

  /** Where the output of a worker is kept. @throws AppError `not_found` */
  logFileOf(id: string): string {
    if (!this.runner.worker(id)) {
      throw new AppError('not_found', `There is no log of a worker "${id}": GET /v1/workers lists them.`, { param: 'id' });
    }
    return this.factory.logFileOf(id);
  }

  private async begin(): Promise<void> {
    for (const warning of this.registry.warnings) this.log.warn({ event: 'placement-warning', warning });
    this.lock = StateLock.acquire(this.stateDirectory, this.processes);
    this.registry.open(this.stateDirectory);
    const adopted = await this.adopt();
    const present = adopted.length === 0 ? null : countByDeployment(adopted);
    this.runner.begin(this.demand.begin(this.registry.all(), present), adopted);
    if (!this.runner.isEnding) this.startExternal();
  }

  /** Takes over the workers that an earlier run, which crashed, has left; the others it left are ended. */
  private async adopt(): Promise<(readonly [FleetWorker, AdoptedProcess])[]> {
    const shared = {
      records: this.factory.records,
      log: this.log,
      host: this.settings.workerHost,
      stopTimeoutMs: this.settings.stopTimeout * 1000,
    };
    const wantedSpec = (record: WorkerRecord): string | null => this.factory.fingerprintOf(record);
    const processes = await adoptWorkers({ ...shared, table: this.processes, stateDirectory: this.stateDirectory }, wantedSpec);
    const { containers } = this.factory.contained;
    const pool = this.factory.contained.knownPool();
    const isNeeded = this.registry.all().some(({ settings }) => settings.launcher === 'container');
    const logOf = (id: string): WorkerLog => this.factory.logOf(id);
    const contained = pool === null ? [] : await adoptContainers({ ...shared, containers, pool, logOf, isNeeded }, wantedSpec);
    const adopted = [...processes, ...contained];
    return adopted.flatMap((found) => {
      const worker = this.factory.recorded(found.record);
      return worker ? [[worker, found] as const] : [];
    });
  }

  private startExternal(): void {
    this.external = this.factory.external((row) => this.table.update(row));
    for (const worker of this.external) worker.start('asked for');
  }

  private staying(id: string): PoolWorker {
    const worker = this.runner.worker(id) ?? this.external.find((one) => one.id === id);
    if (!worker) throw new AppError('not_found', `There is no worker "${id}": GET /v1/workers lists them.`, { param: 'id' });
    if (this.runner.isEnding) throw new AppError('draining', 'model-pool is shutting down.');
    if (this.runner.fleet.workers.some((one) => one.id === id && one.isRetiring)) {
      throw new AppError('conflict', `The worker ${id} is leaving: it will not be started again.`, { param: 'id' });
    }
    return worker;
  }
}

function countByDeployment(adopted: readonly (readonly [FleetWorker, AdoptedProcess])[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [{ deployment }] of adopted) counts.set(deployment, (counts.get(deployment) ?? 0) + 1);
  return counts;
}
