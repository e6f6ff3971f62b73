import { join, resolve } from 'node:path';
import type { DeploymentRow, WorkerRow } from '@interleave/contracts';
import { AppError, isAppError } from '@interleave/kernel';
import { DEPLOYMENT_PARAMETERS, environmentNameOf, ModelPoolSettings, OPERATOR_PARAMETERS } from '@interleave/settings';
import { isRolloutHalted } from '@interleave/worker-lifecycle';
import type { Fleet, FleetWorker } from '@interleave/worker-lifecycle';
import { BeforeApplicationShutdown, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { parseDeclaration } from '../deployments/declaration';
import type { Declaration } from '../deployments/declaration';
import { checkTogether, resolveDeployment, toWanted } from '../deployments/deployment';
import type { Deployment } from '../deployments/deployment';
import { DeploymentStore } from '../deployments/deployment-store';
import { FreePorts } from '../launch/free-port';
import { ProcessLauncher } from '../launch/process-launcher';
import { WorkerLog } from '../launch/worker-log';
import { fingerprintOf } from '../launch/worker-spec';
import type { WorkerSpec } from '../launch/worker-spec';
import { createProcessTable } from '../processes/process-table';
import { StateLock } from '../records/state-lock';
import type { WorkerRecord } from '../records/worker-record';
import { WorkerRecordStore } from '../records/worker-record-store';
import { checkStart } from '../startup/check-start';
import type { StartCheck } from '../startup/check-start';
import { modelSize } from '../startup/model-size';
import { adoptWorkers } from './adopt-workers';
import { ExternalWorker } from './external-worker';
import { FleetRunner } from './fleet-runner';
import { PoolEvents } from './pool-events';
import type { PoolWorker } from './pool-worker';
import { commandLineOf } from './worker-command-line';
import type { WorkerContext } from './worker-context';
import { workerPolicyOf } from './worker-policy-of';
import { WorkerTableStore } from './worker-table';

/** What a request may set: not which programs run. */
const OPERATORS_NAMES = new Set(OPERATOR_PARAMETERS.map(environmentNameOf));
const REQUEST_PARAMETERS = DEPLOYMENT_PARAMETERS.filter((parameter) => !OPERATOR_PARAMETERS.includes(parameter));

/** All deployments and workers of this pool, from before model-pool listens until it ends. */
@Injectable()
export class WorkerPoolService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly external = new Map<string, PoolWorker>();
  private readonly processes = createProcessTable();
  private readonly stateDirectory: string;
  private deployments: readonly Deployment[] = [];
  private fleetRunner: FleetRunner | null = null;
  private store: DeploymentStore | null = null;
  private lock: StateLock | null = null;
  private isEnding = false;
  private starting: Promise<void> = Promise.resolve();
  private check: StartCheck | null = null;

  constructor(
    private readonly settings: ModelPoolSettings,
    private readonly table: WorkerTableStore,
    private readonly events: PoolEvents,
    private readonly log: PinoLogger,
  ) {
    this.stateDirectory = resolve(settings.stateDirectory);
  }

  /** What was found at start; null before. */
  get startCheck(): StartCheck | null {
    return this.check;
  }

  get fleet(): Fleet | null {
    return this.fleetRunner?.fleet ?? null;
  }

  onApplicationBootstrap(): Promise<void> {
    this.starting = this.begin();
    return this.starting;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isEnding = true;
    // A start that failed has been reported; one that is under way may still adopt workers, which are then to be ended.
    await this.starting.catch(() => undefined);
    await Promise.all([this.fleetRunner?.end(), ...[...this.external.values()].map((worker) => worker.stop())]);
    this.store?.forget();
    this.lock?.release();
  }

  list(): DeploymentRow[] {
    return this.deployments.map((deployment) => this.rowOf(deployment));
  }

  /** @throws AppError `conflict` when the name is taken, `invalid_request` when it doesn't fit */
  create(body: unknown): DeploymentRow {
    const declaration = parseDeclaration(body, REQUEST_PARAMETERS);
    if (this.deployments.some(({ name }) => name === declaration.name)) {
      throw new AppError('conflict', `There is a deployment "${declaration.name}" already: PUT replaces it.`, { param: 'name' });
    }
    return this.put(declaration, 0);
  }

  /** Its workers are replaced one after another while requests go on. */
  replace(name: string, body: unknown): DeploymentRow {
    const present = this.find(name);
    const given = body !== null && typeof body === 'object' && !Array.isArray(body) ? { ...body, name } : body;
    const declaration = parseDeclaration(given, REQUEST_PARAMETERS);
    // What only the operator may set stays as it was.
    const kept = Object.fromEntries(Object.entries(present.declaration.values).filter(([name]) => OPERATORS_NAMES.has(name)));
    const next = { name, values: { ...kept, ...declaration.values } };
    return this.put(next, present.restarts);
  }

  scale(name: string, copies: unknown): DeploymentRow {
    const present = this.find(name);
    if (typeof copies !== 'number' || !Number.isInteger(copies) || copies < 0) {
      throw new AppError('invalid_request', 'num_models must be a whole number from 0 on.', { param: 'num_models' });
    }
    const declaration = { name, values: { ...present.declaration.values, NUM_MODELS: String(copies) } };
    return this.put(declaration, present.restarts);
  }

  /** Every worker of it is replaced by one that is started afresh. */
  restartDeployment(name: string): DeploymentRow {
    const { declaration, restarts } = this.find(name);
    return this.put(declaration, restarts + 1);
  }

  delete(name: string): void {
    const { name: gone } = this.find(name);
    this.want(this.deployments.filter((deployment) => deployment.name !== gone));
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

  /** Where the output of a worker is kept. @throws AppError `not_found` */
  logFileOf(id: string): string {
    if (!this.fleetRunner?.worker(id))
      throw new AppError('not_found', `There is no log of a worker "${id}": GET /v1/workers lists them.`, { param: 'id' });
    return this.logPath(id);
  }

  private async begin(): Promise<void> {
    const check = await checkStart(this.settings);
    this.check = check;
    for (const warning of check.warnings) this.log.warn({ event: 'placement-warning', warning });
    this.lock = StateLock.acquire(this.stateDirectory, this.processes);
    this.store = new DeploymentStore(
      this.stateDirectory,
      check.deployments.map(({ declaration }) => declaration),
    );
    this.deployments = this.storedDeployments(check) ?? check.deployments;
    await this.startManaged(check);
    if (!this.isEnding) this.startExternal();
  }

  /** What an earlier run, which crashed, was told through the API. */
  private storedDeployments({ machine }: StartCheck): readonly Deployment[] | null {
    const stored = this.store?.read() ?? null;
    if (stored === null) return null;
    try {
      const deployments = stored.map(({ declaration, restarts }) => resolveDeployment(declaration, this.settings, machine, restarts));
      checkTogether(deployments, machine);
      return deployments;
    } catch (error) {
      this.log.warn({ event: 'stored-deployments-void', because: error instanceof Error ? error.message : String(error) });
      return null;
    }
  }

  private async startManaged({ machine }: StartCheck): Promise<void> {
    const { workerHost: host, stopTimeout } = this.settings;
    const records = new WorkerRecordStore(join(this.stateDirectory, 'workers'));
    const shared = { table: this.processes, records, log: this.log, stateDirectory: this.stateDirectory, host };
    const ports = new FreePorts();
    const runner = new FleetRunner({
      machine,
      table: this.table,
      advertisedHost: this.settings.workerAdvertisedHost ?? null,
      specOf: (worker) => this.specOf(worker, this.find(worker.deployment)),
      launcherOf: (spec) => new ProcessLauncher(spec, { ...shared, ports, log: new WorkerLog(this.logPath(spec.id)) }),
      contextOf: (worker) => {
        const { settings, plan } = this.find(worker.deployment);
        return this.workerContext(settings, modelSize(plan.model));
      },
    });
    const wantedSpec = (record: WorkerRecord): string | null => {
      const worker = this.workerOf(record);
      const deployment = this.deployments.find(({ name }) => name === record.deployment);
      return worker && deployment ? fingerprintOf(this.specOf(worker, deployment), host) : null;
    };
    const adopted = await adoptWorkers({ ...shared, stopTimeoutMs: stopTimeout * 1000 }, wantedSpec);
    this.fleetRunner = runner;
    const pairs = adopted.flatMap((found) => {
      const worker = this.workerOf(found.record);
      return worker ? [[worker, found] as const] : [];
    });
    this.store?.write(this.deployments.map(({ declaration, restarts }) => ({ declaration, restarts })));
    runner.begin(this.isEnding ? [] : this.deployments.map(toWanted), pairs);
  }

  /** The worker of a record in the fleet; null where its deployment or its devices are not there any more. */
  private workerOf({ id, deployment: name, devices }: WorkerRecord): FleetWorker | null {
    const deployment = this.deployments.find((candidate) => candidate.name === name);
    if (!deployment || devices.kind !== deployment.plan.demand.kind) return null;
    const { gpus, cores } = this.machine();
    const isThere =
      devices.kind === 'gpu'
        ? devices.gpus.every(({ handle }) => gpus.some((gpu) => gpu.handle === handle))
        : devices.cores.every((core) => cores.includes(core));
    if (!isThere) return null;
    const { revision, plan } = deployment;
    return { id, deployment: name, revision, demand: plan.demand, devices, status: 'stopped', isRetiring: false };
  }

  private specOf({ id, devices }: FleetWorker, { name, revision, plan, settings }: Deployment): WorkerSpec {
    const { engine, servedNames } = plan;
    return {
      id,
      deployment: name,
      revision,
      engine,
      servedNames,
      devices,
      commandLine: (endpoint) => commandLineOf(plan, settings, devices, endpoint),
    };
  }

  private startExternal(): void {
    this.settings.externalWorkers.forEach((url, index) => {
      const spec = { id: `external.${index}`, url: url.replace(/\/+$/, ''), apiKey: this.settings.externalWorkerKey ?? null };
      const worker = new ExternalWorker(spec, this.workerContext(this.settings, null));
      this.external.set(spec.id, worker);
      worker.start();
    });
  }

  private put(declaration: Declaration, restarts: number): DeploymentRow {
    const [deployment, next] = asRequest(() => {
      const one = resolveDeployment(declaration, this.settings, this.machine(), restarts);
      // One that is there keeps its place.
      const all = [...new Map([...this.deployments, one].map((each) => [each.name, each])).values()];
      checkTogether(all, this.machine());
      return [one, all] as const;
    });
    this.want(next);
    return this.rowOf(deployment);
  }

  private want(deployments: readonly Deployment[]): void {
    if (this.isEnding) throw new AppError('draining', 'model-pool is shutting down.');
    if (!this.fleetRunner) throw new AppError('busy', 'model-pool is starting.', { isRetryable: true, retryAfterMs: 1_000 });
    this.deployments = deployments;
    // Written first: what a crash in the next moment leaves behind is known then.
    this.store?.write(deployments.map(({ declaration, restarts }) => ({ declaration, restarts })));
    this.fleetRunner.want(deployments.map(toWanted));
  }

  private rowOf(deployment: Deployment): DeploymentRow {
    const { name, plan, settings, revision } = deployment;
    const fleet = this.fleet;
    const workers = fleet?.workers.filter((worker) => worker.deployment === name) ?? [];
    const isSteady = workers.every((worker) => worker.revision === revision);
    return {
      name,
      engine: plan.engine,
      model: plan.model,
      served_names: plan.servedNames,
      num_models: settings.numModels,
      tensor_parallel_size: plan.demand.count,
      ready: workers.filter(({ status, isRetiring }) => status === 'ready' && !isRetiring).length,
      revision,
      rollout: isSteady ? 'steady' : fleet && isRolloutHalted(fleet, toWanted(deployment)) ? 'halted' : 'rolling',
    };
  }

  private find(name: string): Deployment {
    const deployment = this.deployments.find((candidate) => candidate.name === name);
    if (!deployment)
      throw new AppError('not_found', `There is no deployment "${name}": GET /v1/deployments lists them.`, { param: 'name' });
    return deployment;
  }

  private staying(id: string): PoolWorker {
    const worker = this.fleetRunner?.worker(id) ?? this.external.get(id);
    if (!worker) throw new AppError('not_found', `There is no worker "${id}": GET /v1/workers lists them.`, { param: 'id' });
    if (this.isEnding) throw new AppError('draining', 'model-pool is shutting down.');
    if (this.fleet?.workers.some((one) => one.id === id && one.isRetiring)) {
      throw new AppError('conflict', `The worker ${id} is leaving: it will not be started again.`, { param: 'id' });
    }
    return worker;
  }

  private machine(): StartCheck['machine'] {
    if (!this.check) throw new AppError('busy', 'model-pool is starting.', { isRetryable: true, retryAfterMs: 1_000 });
    return this.check.machine;
  }

  private logPath(id: string): string {
    return join(this.stateDirectory, 'workers', `${id}.log`);
  }

  private workerContext(settings: ModelPoolSettings, modelBytes: number | null): WorkerContext {
    return {
      policy: workerPolicyOf(settings, modelBytes),
      probeTimeoutMs: this.settings.probeTimeout * 1000,
      drainMs: this.settings.drainTimeout * 1000,
      log: this.log,
      publish: (row) => this.table.update(row),
      onTransition: (transition) => this.events.add(transition),
    };
  }
}

/** What is wrong with a request is not wrong with our settings. */
function asRequest<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (isAppError(error) && error.code === 'invalid_settings') throw new AppError('invalid_request', error.message, { cause: error });
    throw error;
  }
}
