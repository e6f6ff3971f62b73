/** One deployment of model-pool. */
export interface DeploymentRow {
  readonly name: string;
  readonly engine: 'vllm' | 'llama-worker';
  readonly model: string;
  readonly served_names: readonly string[];
  /** Copies to begin with. */
  readonly num_models: number;
  readonly min_models: number;
  readonly max_models: number;
  /** Copies that are wanted now. */
  readonly wanted: number;
  /** Why, a sentence without its full stop; null where that is what was declared. */
  readonly wanted_because: string | null;
  /** Requests that wait at gateways for a worker of it. */
  readonly held_requests: number;
  readonly tensor_parallel_size: number;
  /** Copies that are ready, older ones included. */
  readonly ready: number;
  /** Names the way its workers are started. */
  readonly revision: string;
  /** `halted`: a new worker failed, the older ones serve on. */
  readonly rollout: 'steady' | 'rolling' | 'halted';
}

/** Body of `POST /v1/deployments/{name}/demand`: how many requests wait at a gateway for a worker of a deployment. */
export interface DemandReport {
  /** Names the gateway; each has one number. */
  readonly gateway: string;
  readonly requests: number;
}

/** A report counts for so long: a gateway with requests that wait repeats it well before. */
export const DEMAND_LEASE_MS = 5_000;
