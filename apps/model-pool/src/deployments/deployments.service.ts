import { DEMAND_LEASE_MS } from '@interleave/contracts';
import type { DeploymentRow } from '@interleave/contracts';
import { AppError, isAppError } from '@interleave/kernel';
import { DEPLOYMENT_PARAMETERS, environmentNameOf, OPERATOR_PARAMETERS } from '@interleave/settings';
import { isRolloutHalted } from '@interleave/worker-lifecycle';
import type { FleetWorker } from '@interleave/worker-lifecycle';
import { Injectable } from '@nestjs/common';
import { DemandKeeper } from '../workers/demand-keeper';
import { FleetRunner } from '../workers/fleet-runner';
import { parseDeclaration } from './declaration';
import type { Declaration } from './declaration';
import type { Deployment } from './deployment';
import { DeploymentRegistry } from './deployment-registry';
import { parseDemandReport } from './parse-demand-report';
import { parseScaling } from './parse-scaling';

/** What a request may set: not which programs run. */
const OPERATORS_NAMES = new Set(OPERATOR_PARAMETERS.map(environmentNameOf));
const REQUEST_PARAMETERS = DEPLOYMENT_PARAMETERS.filter((parameter) => !OPERATOR_PARAMETERS.includes(parameter));

/** What people and programs ask of the deployments while they run. */
@Injectable()
export class DeploymentsService {
  constructor(
    private readonly registry: DeploymentRegistry,
    private readonly demand: DemandKeeper,
    private readonly fleet: FleetRunner,
  ) {}

  list(): DeploymentRow[] {
    return this.registry.all().map((deployment) => this.rowOf(deployment));
  }

  /** @throws AppError `conflict` when the name is taken, `invalid_request` when it doesn't fit */
  create(body: unknown): DeploymentRow {
    const declaration = parseDeclaration(body, REQUEST_PARAMETERS);
    if (this.registry.get(declaration.name)) {
      throw new AppError('conflict', `There is a deployment "${declaration.name}" already: PUT replaces it.`, { param: 'name' });
    }
    return this.put(declaration, 0);
  }

  /** Its workers are replaced one after another while requests go on. */
  replace(name: string, body: unknown): DeploymentRow {
    const present = this.registry.find(name);
    const given = body !== null && typeof body === 'object' && !Array.isArray(body) ? { ...body, name } : body;
    const declaration = parseDeclaration(given, REQUEST_PARAMETERS);
    // What only the operator may set stays as it was.
    const kept = Object.fromEntries(Object.entries(present.declaration.values).filter(([parameter]) => OPERATORS_NAMES.has(parameter)));
    return this.put({ name, values: { ...kept, ...declaration.values } }, present.restarts);
  }

  scale(name: string, body: unknown): DeploymentRow {
    const present = this.registry.find(name);
    const values = { ...present.declaration.values, ...parseScaling(body, present.settings) };
    const row = this.put({ name, values }, present.restarts);
    // Whoever says how many copies are to run wants them to run.
    for (const { id, status } of this.stayingWorkers(name))
      if (status === 'stopped') this.fleet.worker(id)?.start('its deployment was scaled');
    return row;
  }

  /** Lets the requests of its workers finish and stops them; they stay stopped until it is restarted or scaled. @throws AppError `conflict` */
  drain(name: string): DeploymentRow {
    const deployment = this.registry.find(name);
    if (this.fleet.isEnding) throw new AppError('draining', 'model-pool is shutting down.');
    const workers = this.stayingWorkers(name);
    if (workers.some(({ revision }) => revision !== deployment.revision)) {
      throw new AppError('conflict', `The workers of "${name}" are being replaced: drain it when that is done.`, { param: 'name' });
    }
    for (const { id } of workers) this.fleet.worker(id)?.drain('a drain of its deployment was asked for');
    return this.rowOf(deployment);
  }

  /** Every worker of it is replaced by one that is started afresh. */
  restart(name: string): DeploymentRow {
    const { declaration, restarts } = this.registry.find(name);
    return this.put(declaration, restarts + 1);
  }

  delete(name: string): void {
    const gone = this.registry.find(name);
    this.want(this.registry.all().filter((deployment) => deployment !== gone));
  }

  /** Requests wait at a gateway for a worker of this deployment. */
  noteDemand(name: string, body: unknown): void {
    const { gateway, requests } = parseDemandReport(body);
    this.demand.hold(this.registry.find(name).name, gateway, requests, DEMAND_LEASE_MS);
  }

  private put(declaration: Declaration, restarts: number): DeploymentRow {
    this.want(asRequest(() => this.registry.with(declaration, restarts)));
    return this.rowOf(this.registry.find(declaration.name));
  }

  private want(deployments: readonly Deployment[]): void {
    if (this.fleet.isEnding) throw new AppError('draining', 'model-pool is shutting down.');
    this.registry.keep(deployments);
    this.demand.declare(deployments);
  }

  private stayingWorkers(name: string): readonly FleetWorker[] {
    return this.fleet.fleet.workers.filter(({ deployment, isRetiring }) => deployment === name && !isRetiring);
  }

  private rowOf(deployment: Deployment): DeploymentRow {
    const { name, plan, settings, revision } = deployment;
    const { fleet } = this.fleet;
    const wanted = this.demand.wantedOf(deployment);
    const workers = fleet.workers.filter((worker) => worker.deployment === name);
    const isSteady = workers.every((worker) => worker.revision === revision);
    return {
      name,
      engine: plan.engine,
      model: plan.model,
      served_names: plan.servedNames,
      num_models: settings.numModels,
      min_models: settings.copies.min,
      max_models: settings.copies.max,
      wanted: wanted.copies,
      wanted_because: wanted.because,
      held_requests: this.demand.heldRequests(name),
      tensor_parallel_size: plan.demand.count,
      ready: workers.filter(({ status, isRetiring }) => status === 'ready' && !isRetiring).length,
      revision,
      rollout: isSteady ? 'steady' : isRolloutHalted(fleet, wanted) ? 'halted' : 'rolling',
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
