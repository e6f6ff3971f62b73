import type { Clock } from '@interleave/kernel';
import { heldRequests, transitionDemand } from '@interleave/worker-lifecycle';
import type {
  DemandEvent,
  DemandState,
  DeploymentDemand,
  ScalingChange,
  WantedDeployment,
  WorkerDemand,
} from '@interleave/worker-lifecycle';
import type { PinoLogger } from 'nestjs-pino';
import { scalingRuleOf } from '../deployments/deployment';
import type { Deployment } from '../deployments/deployment';
import type { FleetRunner } from './fleet-runner';
import type { WorkerTableStore } from './worker-table';

const LOOK_INTERVAL_MS = 500;

/** Looks at what is asked of the deployments, has their copies decided, and tells the fleet and the gateways. */
export class DemandKeeper {
  private state: DemandState;
  private deployments: readonly Deployment[] = [];
  private timer: NodeJS.Timeout | null = null;
  private readonly listeners: ((change: ScalingChange) => void)[] = [];

  constructor(
    private readonly fleet: FleetRunner,
    private readonly table: WorkerTableStore,
    private readonly clock: Clock,
    private readonly log: PinoLogger,
  ) {
    this.state = { machine: fleet.fleet.machine, deployments: [] };
  }

  /** @param present copies that an earlier run has left, by deployment; null where it left none at all */
  begin(deployments: readonly Deployment[], present: ReadonlyMap<string, number> | null): readonly WantedDeployment[] {
    this.know(deployments, present ? { present } : {});
    this.timer = setInterval(() => this.look(), LOOK_INTERVAL_MS).unref();
    return this.wanted();
  }

  end(): void {
    if (this.timer) clearInterval(this.timer);
  }

  declare(deployments: readonly Deployment[]): void {
    this.know(deployments, {});
    this.fleet.want(this.wanted());
  }

  /** So many requests wait at that gateway, for as long as the lease lasts. */
  hold(deployment: string, gateway: string, requests: number, leaseMs: number): void {
    this.change({ type: 'requests-held', nowMs: this.clock.nowMs(), deployment, gateway, requests, leaseMs });
    this.wakeWhereRequestsWait();
  }

  heldRequests(name: string): number {
    const demand = this.demandOf(name);
    return demand ? heldRequests(demand) : 0;
  }

  wantedOf({ name, revision, plan }: Deployment): WantedDeployment & { readonly because: string | null } {
    const { copies, because } = this.demandOf(name) ?? { copies: 0, because: null };
    return { name, revision, copies, because, demand: plan.demand };
  }

  /** Hears of each change of a number of copies. */
  listen(listener: (change: ScalingChange) => void): void {
    this.listeners.push(listener);
  }

  private wanted(): WantedDeployment[] {
    return this.deployments.map((deployment) => this.wantedOf(deployment));
  }

  private know(deployments: readonly Deployment[], found: { readonly present?: ReadonlyMap<string, number> }): void {
    this.deployments = deployments;
    this.table.serve(
      deployments
        .filter(({ settings }) => settings.copies.max > 0)
        .map(({ name, plan, settings }) => ({ name, served_names: plan.servedNames, starts_on_demand: settings.copies.min === 0 })),
    );
    this.apply({ type: 'declared', nowMs: this.clock.nowMs(), rules: deployments.map(scalingRuleOf), ...found });
  }

  private look(): void {
    const loads = new Map(this.table.current().workers.map(({ id, load }) => [id, load]));
    const workers = this.fleet.fleet.workers
      .filter(({ isRetiring }) => !isRetiring)
      .map(({ id, deployment, status }): WorkerDemand => ({ deployment, status, load: loads.get(id) ?? null }));
    this.change({ type: 'workers-seen', nowMs: this.clock.nowMs(), workers });
    this.wakeWhereRequestsWait();
  }

  /** A copy that sleeps is there sooner than a new one. */
  private wakeWhereRequestsWait(): void {
    for (const demand of this.state.deployments) {
      const { queuedSinceMs, rule } = demand;
      // Earlier than there would be one more.
      const isQueued = queuedSinceMs !== null && this.clock.nowMs() - queuedSinceMs >= rule.scaleUpAfterMs / 2;
      if (isQueued || heldRequests(demand) > 0) this.fleet.wakeForRequests(rule.name, isQueued);
    }
  }

  private change(event: DemandEvent): void {
    if (this.apply(event).length > 0) this.fleet.want(this.wanted());
  }

  private apply(event: DemandEvent): readonly ScalingChange[] {
    const { state, changes } = transitionDemand(this.state, event);
    this.state = state;
    for (const change of changes) {
      this.log.info({ event: 'deployment-scaled', ...change });
      for (const listener of this.listeners) listener(change);
    }
    return changes;
  }

  private demandOf(name: string): DeploymentDemand | undefined {
    return this.state.deployments.find(({ rule }) => rule.name === name);
  }
}
