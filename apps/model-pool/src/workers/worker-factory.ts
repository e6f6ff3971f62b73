import { join } from 'node:path';
import type { WorkerRow } from '@interleave/contracts';
import type { ModelPoolSettings } from '@interleave/settings';
import { vllmMaxRunning, whyNoSleep } from '@interleave/worker-lifecycle';
import type { FleetWorker } from '@interleave/worker-lifecycle';
import type { PinoLogger } from 'nestjs-pino';
import { DockerDetachedContainers } from '@interleave/docker-runtime';
import type { Deployment } from '../deployments/deployment';
import type { DeploymentRegistry } from '../deployments/deployment-registry';
import { hubAccessOf } from '../hub/hub-access';
import { ModelStore } from '../hub/model-store';
import { containerOptionsOf } from '../launch/container-options';
import { ContainerWorkers } from '../launch/container-workers';
import { FreePorts } from '../launch/free-port';
import { ProcessLauncher } from '../launch/process-launcher';
import type { WorkerLauncher } from '../launch/worker-launcher';
import { WorkerLog } from '../launch/worker-log';
import { fingerprintOf } from '../launch/worker-spec';
import type { WorkerSpec } from '../launch/worker-spec';
import type { ProcessTable } from '../processes/process-table';
import type { WorkerRecord } from '../records/worker-record';
import { WorkerRecordStore } from '../records/worker-record-store';
import { modelSize } from '../startup/model-size';
import { ExternalWorker } from './external-worker';
import { ManagedWorker } from './managed-worker';
import type { PoolEvents } from './pool-events';
import { commandLineOf } from './worker-command-line';
import type { WorkerContext } from './worker-context';
import { workerPolicyOf } from './worker-policy-of';

/** Makes workers, each as its deployment wants it to be. */
export class WorkerFactory {
  private readonly ports = new FreePorts();
  private readonly models: ModelStore;
  private recordStore: WorkerRecordStore | null = null;
  readonly contained = new ContainerWorkers(new DockerDetachedContainers(), () => ({
    records: this.records,
    ports: this.ports,
    host: this.settings.workerHost,
    stateDirectory: this.stateDirectory,
  }));

  constructor(
    private readonly settings: ModelPoolSettings,
    private readonly registry: DeploymentRegistry,
    private readonly processes: ProcessTable,
    private readonly stateDirectory: string,
    private readonly events: PoolEvents,
    private readonly log: PinoLogger,
  ) {
    this.models = new ModelStore(hubAccessOf(settings), processes);
  }

  /** Of the workers in the state directory. */
  get records(): WorkerRecordStore {
    return (this.recordStore ??= new WorkerRecordStore(join(this.stateDirectory, 'workers')));
  }

  managed(worker: FleetWorker, publish: (row: WorkerRow) => void): ManagedWorker {
    const deployment = this.registry.find(worker.deployment);
    const spec = this.specOf(worker, deployment);
    const context = this.contextOf(deployment.settings, () => deployment.modelBytes ?? this.fetchedBytes(deployment), publish);
    return new ManagedWorker(spec, this.launcherOf(spec), this.settings.workerAdvertisedHost ?? null, context);
  }

  /** Workers that someone else runs. */
  external(publish: (row: WorkerRow) => void): ExternalWorker[] {
    const { externalWorkers, externalWorkerKey = null } = this.settings;
    const context = this.contextOf(this.settings, () => null, publish);
    return externalWorkers.map(
      (url, index) => new ExternalWorker({ id: `external.${index}`, url: url.replace(/\/+$/, ''), apiKey: externalWorkerKey }, context),
    );
  }

  /** The worker of a record in the fleet; null where its deployment or its devices are not there any more. */
  recorded({ id, deployment: name, devices }: WorkerRecord): FleetWorker | null {
    const deployment = this.registry.get(name);
    if (!deployment || devices.kind !== deployment.plan.demand.kind) return null;
    const { gpus, cores } = this.registry.machine;
    const isThere =
      devices.kind === 'gpu'
        ? devices.gpus.every(({ handle }) => gpus.some((gpu) => gpu.handle === handle))
        : devices.cores.every((core) => cores.includes(core));
    if (!isThere) return null;
    const { revision, plan } = deployment;
    return { id, deployment: name, revision, demand: plan.demand, devices, status: 'stopped', isRetiring: false };
  }

  /** Fingerprint of the worker of a record as it would be started today; null if nobody wants it. */
  fingerprintOf(record: WorkerRecord): string | null {
    const worker = this.recorded(record);
    const deployment = this.registry.get(record.deployment);
    return worker && deployment ? fingerprintOf(this.specOf(worker, deployment), this.settings.workerHost) : null;
  }

  logFileOf(id: string): string {
    return join(this.stateDirectory, 'workers', `${id}.log`);
  }

  logOf(id: string): WorkerLog {
    return new WorkerLog(this.logFileOf(id));
  }

  private launcherOf(spec: WorkerSpec): WorkerLauncher {
    const log = this.logOf(spec.id);
    if (spec.container) return this.contained.launcher(spec, spec.container, log);
    const { processes: table, records, ports, stateDirectory } = this;
    return new ProcessLauncher(spec, { table, records, ports, log, host: this.settings.workerHost, stateDirectory });
  }

  private contextOf(settings: ModelPoolSettings, modelBytes: () => number | null, publish: (row: WorkerRow) => void): WorkerContext {
    return {
      policy: workerPolicyOf(settings, modelBytes),
      probeTimeoutMs: this.settings.probeTimeout * 1000,
      drainMs: this.settings.drainTimeout * 1000,
      log: this.log,
      publish,
      onTransition: (transition) => this.events.add(transition),
    };
  }

  private specOf({ id, devices }: FleetWorker, { name, revision, plan, settings }: Deployment): WorkerSpec {
    const { engine, servedNames, source } = plan;
    return {
      id,
      deployment: name,
      revision,
      engine,
      servedNames,
      devices,
      maxRunning: engine === 'vllm' ? vllmMaxRunning(settings.engineArguments) : null,
      prepare: source.kind === 'hub' ? ({ signal, report }) => this.models.ensure(source, revision, report, signal) : null,
      model: plan.model,
      container: containerOptionsOf(engine, settings),
      whyNoSleep: whyNoSleep(id, engine, devices.kind, settings.enableSleepMode),
      commandLine: (endpoint, model) => commandLineOf(plan, settings, devices, endpoint, model),
    };
  }

  /** Of a model of the hub, once it is here. */
  private fetchedBytes({ plan: { source }, revision }: Deployment): number | null {
    const known = source.kind === 'hub' ? this.models.known(source, revision) : null;
    return known === null ? null : modelSize(known.path);
  }
}
