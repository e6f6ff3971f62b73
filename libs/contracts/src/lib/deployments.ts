/** One deployment of model-pool. */
export interface DeploymentRow {
  readonly name: string;
  readonly engine: 'vllm' | 'llama-worker';
  readonly model: string;
  readonly served_names: readonly string[];
  /** Copies that are wanted. */
  readonly num_models: number;
  readonly tensor_parallel_size: number;
  /** Copies that are ready, older ones included. */
  readonly ready: number;
  /** Names the way its workers are started. */
  readonly revision: string;
  /** `halted`: a new worker failed, the older ones serve on. */
  readonly rollout: 'steady' | 'rolling' | 'halted';
}
