export type WorkerEngine = 'vllm' | 'llama-worker' | 'external';

/** Requests go to ready workers only; one that is asleep is there again in moments, once it is woken. */
export const WORKER_STATUSES = [
  'starting',
  'ready',
  'falling-asleep',
  'asleep',
  'waking',
  'draining',
  'stopping',
  'stopped',
  'backoff',
  'failed',
] as const;
export type WorkerStatus = (typeof WORKER_STATUSES)[number];

/** What the worker said of itself last; null where it says nothing. */
export interface WorkerLoad {
  readonly running: number;
  readonly waiting: number;
  /** 0…1 */
  readonly kv_cache_use: number | null;
  /** Share of prompt tokens that the prefix cache had, since the worker started; null before its first prompt. */
  readonly prefix_hit_rate?: number | null;
  /** vLLM sleeps: its weights are out of the way. */
  readonly is_asleep?: boolean;
}

export interface WorkerRow {
  readonly id: string;
  readonly deployment: string;
  /** Names that requests may use for the model; the first one is its own. */
  readonly served_names: readonly string[];
  /** Where gateways reach the worker; empty before it was started for the first time. */
  readonly url: string;
  readonly api_key: string | null;
  readonly engine: WorkerEngine;
  readonly status: WorkerStatus;
  readonly max_model_len: number | null;
  /** Sequences that it runs at once; more wait in it. Null: unknown. */
  readonly max_running: number | null;
  readonly devices: readonly string[];
  readonly restarts: number;
  /** Why it failed, in a sentence with the engine's last lines. */
  readonly error: string | null;
  /** What is done before it can start, such as `downloading: 37 % of 15.2 GB, 112 MB/s, 85 s left`. */
  readonly activity?: string | null;
  readonly load: WorkerLoad | null;
}

/** A model that is served, whether or not a worker of it runs now. */
export interface ServedDeployment {
  readonly name: string;
  readonly served_names: readonly string[];
  /** It may have no worker while nobody asks: a request that waits for it starts one. */
  readonly starts_on_demand: boolean;
}

/** Answer of model-pool's `GET /v1/workers`, and each event of its watch stream. */
export interface WorkerTable {
  /** Grows with every change. */
  readonly revision: number;
  readonly workers: readonly WorkerRow[];
  /** Absent where there is no model-pool. */
  readonly deployments?: readonly ServedDeployment[];
}
