import type { CommandLine, DeviceGroup, WorkerEndpoint } from '@interleave/worker-lifecycle';

/** One wanted worker. */
export interface WorkerSpec {
  readonly id: string;
  readonly deployment: string;
  readonly revision: string;
  readonly engine: 'vllm' | 'llama-worker';
  readonly servedNames: readonly string[];
  readonly devices: DeviceGroup;
  /** Sequences at once, as far as the way it is started tells; null: unknown. */
  readonly maxRunning: number | null;
  readonly commandLine: (endpoint: WorkerEndpoint) => CommandLine;
}

/** The same for two specs exactly when they start the same program in the same way, their port and key aside. */
export function fingerprintOf(spec: WorkerSpec, host: string): string {
  return JSON.stringify([spec.revision, spec.engine, spec.commandLine({ host, port: 0, apiKey: '' })]);
}
