import type { CommandLine, DeviceGroup, WorkerEndpoint } from '@interleave/worker-lifecycle';
import type { ContainerOptions } from './container-options';
import type { LaunchWatch } from './launch-watch';

/** One wanted worker. */
export interface WorkerSpec {
  readonly id: string;
  readonly deployment: string;
  readonly revision: string;
  readonly engine: 'vllm' | 'llama-worker';
  readonly servedNames: readonly string[];
  readonly devices: DeviceGroup;
  /** A path of this machine, or a name on the hub. */
  readonly model: string;
  /** Null for a process. */
  readonly container: ContainerOptions | null;
  /** Sequences at once, as far as the way it is started tells; null: unknown. */
  readonly maxRunning: number | null;
  /** Brings the model's files here; null where they are. Gives the path that stands for the model in the command line. */
  readonly prepare: ((watch: LaunchWatch) => Promise<string>) | null;
  /** Why it cannot be put to sleep, and what to do about that; null where it can be. */
  readonly whyNoSleep: string | null;
  /** `model`: in place of what it is called. */
  readonly commandLine: (endpoint: WorkerEndpoint, model?: string) => CommandLine;
}

/** The same for two specs exactly when they start the same program in the same way, their port and key aside. */
export function fingerprintOf(spec: WorkerSpec, host: string): string {
  return JSON.stringify([
    spec.revision,
    spec.engine,
    spec.commandLine({ host, port: 0, apiKey: '' }),
    ...(spec.container ? [spec.container] : []),
  ]);
}
