import type { DeviceDemand, DeviceGroup, Machine } from './device';
import type { WorkerStatus } from './worker-state';

/** "So many copies of this", as somebody declared it. */
export interface WantedDeployment {
  readonly name: string;
  /** Says how its workers are started. A worker of another revision is replaced. */
  readonly revision: string;
  readonly copies: number;
  /** Why there are to be so many; left out where that is what was declared. */
  readonly because?: string | null;
  readonly demand: DeviceDemand;
}

/** One worker as the fleet sees it; its own life is `WorkerState`. */
export interface FleetWorker {
  readonly id: string;
  readonly deployment: string;
  readonly revision: string;
  readonly demand: DeviceDemand;
  readonly devices: DeviceGroup;
  readonly status: WorkerStatus;
  /** It drains and will not come back; its devices are free when it has stopped. */
  readonly isRetiring: boolean;
}

/** All deployments and workers of a machine. */
export interface Fleet {
  readonly machine: Machine;
  readonly wanted: readonly WantedDeployment[];
  readonly workers: readonly FleetWorker[];
}

export type FleetEvent =
  | { readonly type: 'wanted'; readonly deployments: readonly WantedDeployment[] }
  | { readonly type: 'worker-changed'; readonly id: string; readonly status: WorkerStatus };

export type FleetEffect =
  | { readonly type: 'start-worker'; readonly worker: FleetWorker; readonly because: string }
  /** Let it finish its requests and stop; answered by `worker-changed` with `stopped`. */
  | { readonly type: 'retire-worker'; readonly id: string; readonly because: string }
  /** Nothing of it is left. Comes after the start of its successor, so that its name never vanishes in between. */
  | { readonly type: 'forget-worker'; readonly id: string };

export interface FleetStep {
  readonly fleet: Fleet;
  readonly effects: readonly FleetEffect[];
}
