import { join, resolve } from 'node:path';
import type { WorkerRow } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import { ModelPoolSettings } from '@interleave/settings';
import { BeforeApplicationShutdown, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { FreePorts } from '../launch/free-port';
import { ProcessLauncher } from '../launch/process-launcher';
import { WorkerLog } from '../launch/worker-log';
import { fingerprintOf } from '../launch/worker-spec';
import type { WorkerSpec } from '../launch/worker-spec';
import { createProcessTable } from '../processes/process-table';
import { StateLock } from '../records/state-lock';
import { WorkerRecordStore } from '../records/worker-record-store';
import { checkStart } from '../startup/check-start';
import type { StartCheck } from '../startup/check-start';
import { adoptWorkers } from './adopt-workers';
import { ExternalWorker } from './external-worker';
import { ManagedWorker } from './managed-worker';
import type { PoolWorker } from './pool-worker';
import type { WorkerContext } from './worker-context';
import { workerPolicyOf } from './worker-policy-of';
import { workerSpecsOf } from './worker-specs-of';
import { WorkerTableStore } from './worker-table';

/** All workers of this pool, from before model-pool listens until it ends. */
@Injectable()
export class WorkerPoolService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly workers = new Map<string, PoolWorker>();
  private readonly processes = createProcessTable();
  private lock: StateLock | null = null;
  private isEnding = false;
  private starting: Promise<void> = Promise.resolve();
  private check: StartCheck | null = null;

  constructor(
    private readonly settings: ModelPoolSettings,
    private readonly table: WorkerTableStore,
    private readonly log: PinoLogger,
  ) {}

  /** What was decided at start; null before. */
  get startCheck(): StartCheck | null {
    return this.check;
  }

  onApplicationBootstrap(): Promise<void> {
    this.starting = this.begin();
    return this.starting;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isEnding = true;
    // A start that failed has been reported; one that is under way may still adopt workers, which are then to be ended.
    await this.starting.catch(() => undefined);
    await Promise.all([...this.workers.values()].map((worker) => worker.stop()));
    this.lock?.release();
  }

  /** @throws AppError `not_found` */
  restart(id: string): WorkerRow {
    const worker = this.workers.get(id);
    if (!worker) throw new AppError('not_found', `There is no worker "${id}": GET /v1/workers lists them.`, { param: 'id' });
    if (this.isEnding) throw new AppError('draining', 'model-pool is shutting down.');
    worker.restart();
    return worker.row;
  }

  private async begin(): Promise<void> {
    const stateDirectory = resolve(this.settings.stateDirectory);
    this.check = await checkStart(this.settings);
    const { plan } = this.check;
    for (const warning of plan?.warnings ?? []) this.log.warn({ event: 'placement-warning', warning });
    this.lock = StateLock.acquire(stateDirectory, this.processes);
    await this.startManaged(plan === null ? [] : workerSpecsOf(plan, this.settings), stateDirectory);
    if (!this.isEnding) this.startExternal();
  }

  private async startManaged(specs: readonly WorkerSpec[], stateDirectory: string): Promise<void> {
    const { workerHost: host, workerAdvertisedHost, stopTimeout } = this.settings;
    const folder = join(stateDirectory, 'workers');
    const records = new WorkerRecordStore(folder);
    const shared = { table: this.processes, records, log: this.log, stateDirectory, host };
    const wantedSpecs = new Map(specs.map((spec) => [spec.id, fingerprintOf(spec, host)]));
    const adopted = await adoptWorkers({ ...shared, stopTimeoutMs: stopTimeout * 1000 }, wantedSpecs);
    const ports = new FreePorts();
    for (const spec of specs) {
      const launcher = new ProcessLauncher(spec, { ...shared, ports, log: new WorkerLog(join(folder, `${spec.id}.log`)) });
      const worker = new ManagedWorker(spec, launcher, workerAdvertisedHost ?? null, this.workerContext());
      this.workers.set(spec.id, worker);
      const found = adopted.get(spec.id);
      if (found) worker.adopt(found.process, found.facts);
      else if (!this.isEnding) worker.start();
    }
  }

  private startExternal(): void {
    this.settings.externalWorkers.forEach((url, index) => {
      const spec = { id: `external.${index}`, url: url.replace(/\/+$/, ''), apiKey: this.settings.externalWorkerKey ?? null };
      const worker = new ExternalWorker(spec, this.workerContext());
      this.workers.set(spec.id, worker);
      worker.start();
    });
  }

  private workerContext(): WorkerContext {
    return {
      policy: workerPolicyOf(this.settings),
      probeTimeoutMs: this.settings.probeTimeout * 1000,
      drainMs: this.settings.drainTimeout * 1000,
      log: this.log,
      publish: (row) => this.table.update(row),
    };
  }
}
