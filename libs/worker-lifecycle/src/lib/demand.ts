import type { DeviceDemand, Machine } from './device';
import type { WorkerStatus } from './worker-state';

/** How many copies of a deployment there may be, and when that changes. */
export interface ScalingRule {
  readonly name: string;
  readonly minCopies: number;
  readonly maxCopies: number;
  /** To begin with, and again whenever somebody says another number. */
  readonly startCopies: number;
  /** Of one copy. */
  readonly demand: DeviceDemand;
  /** Requests wait on every copy for so long before there is one more. */
  readonly scaleUpAfterMs: number;
  /** There are fewer requests than copies for so long before there is one less. */
  readonly scaleDownAfterMs: number;
  /** So long it serves, busy as it is, while another deployment waits for its devices. */
  readonly swapAfterMs: number;
}

/** A worker that stays, as far as demand is concerned. */
export interface WorkerDemand {
  readonly deployment: string;
  readonly status: WorkerStatus;
  /** Null while it has not said. */
  readonly load: { readonly running: number; readonly waiting: number } | null;
}

/** Requests that wait at one gateway for a worker of a deployment; forgotten after a while, unless it says so again. */
export interface Hold {
  readonly requests: number;
  readonly untilMs: number;
}

/** What is asked of a deployment, and what it has. A `…SinceMs` is null while it isn't so. */
export interface DeploymentDemand {
  readonly rule: ScalingRule;
  /** Copies that it is to have now. */
  readonly copies: number;
  /** Why that number changed last; null where somebody said it. */
  readonly because: string | null;
  readonly workers: readonly WorkerDemand[];
  /** By gateway. */
  readonly holds: ReadonlyMap<string, Hold>;
  /** Requests wait, and it has no copy. */
  readonly starvedSinceMs: number | null;
  /** Requests wait on every copy, and no copy is on its way. */
  readonly queuedSinceMs: number | null;
  /** There are fewer requests than copies, and no copy is on its way. */
  readonly slackSinceMs: number | null;
  /** No request anywhere. */
  readonly idleSinceMs: number | null;
  /** The first of the copies that it has was ready. */
  readonly residentSinceMs: number | null;
}

export interface DemandState {
  readonly machine: Machine;
  readonly deployments: readonly DeploymentDemand[];
}

/** Every event brings the time: nothing else passes. */
export type DemandEvent =
  | {
      readonly type: 'declared';
      readonly nowMs: number;
      readonly rules: readonly ScalingRule[];
      /** Copies that are there already, found after a crash: in the place of those to begin with, as far as the bounds allow. */
      readonly present?: ReadonlyMap<string, number>;
    }
  /** All workers that stay, as they are: at least every now and then. */
  | { readonly type: 'workers-seen'; readonly nowMs: number; readonly workers: readonly WorkerDemand[] }
  /** How many requests wait at a gateway; none: they don't any more. */
  | {
      readonly type: 'requests-held';
      readonly nowMs: number;
      readonly deployment: string;
      readonly gateway: string;
      readonly requests: number;
      readonly leaseMs: number;
    };

/** Another number of copies. */
export interface ScalingChange {
  readonly deployment: string;
  readonly copies: number;
  readonly before: number;
  readonly because: string | null;
}

export interface DemandStep {
  readonly state: DemandState;
  readonly changes: readonly ScalingChange[];
}

export function heldRequests({ holds }: Pick<DeploymentDemand, 'holds'>): number {
  return sum([...holds.values()].map(({ requests }) => requests));
}

/** Requests in workers and at gateways; null while a worker that serves has not said how many it has. */
export function requestsOf({ workers, holds }: Pick<DeploymentDemand, 'workers' | 'holds'>): number | null {
  const serving = workers.filter(({ status }) => status === 'ready');
  if (serving.some(({ load }) => load === null)) return null;
  return sum(serving.map(({ load }) => (load ? load.running + load.waiting : 0))) + heldRequests({ holds });
}

/** It has copies, and none of them will serve again unless somebody does something. */
export function isBroken({ workers }: Pick<DeploymentDemand, 'workers'>): boolean {
  return workers.length > 0 && workers.every(isOut);
}

export function isOut({ status }: WorkerDemand): boolean {
  return status === 'failed' || status === 'stopped';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
