export interface DeviceRow {
  /** `gpu:0`, or `cpu:3` for one core. */
  readonly id: string;
  readonly kind: 'gpu' | 'cpu';
  readonly name: string | null;
  readonly memory_mib: number | null;
  /** Id of the worker that has it, or null. */
  readonly worker: string | null;
}

/** Answer of model-pool's `GET /v1/devices`. */
export interface DeviceInventoryBody {
  readonly devices: readonly DeviceRow[];
  /** E.g. GPUs that stay idle. */
  readonly warnings: readonly string[];
}
