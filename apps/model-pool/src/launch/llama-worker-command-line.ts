import { environmentOf, LlamaWorkerSettings } from '@interleave/settings';
import type { CommandLine, DeviceGroup, WorkerEndpoint } from '@interleave/worker-lifecycle';

export interface LlamaWorkerOptions {
  /** Its compiled `main.js`. */
  readonly program: string;
  readonly ggufFile: string;
  readonly servedNames: readonly string[];
  readonly maxModelLength: number | null;
  readonly parallelSequences: number;
  readonly logLevel: string;
  readonly engineArguments: readonly string[];
}

/** llama-worker for one copy. Its settings are environment: the key among them must not be seen on a command line. */
export function llamaWorkerCommandLine(options: LlamaWorkerOptions, devices: DeviceGroup, endpoint: WorkerEndpoint): CommandLine {
  const settings = Object.assign(new LlamaWorkerSettings(), {
    modelPath: options.ggufFile,
    servedModelName: [...options.servedNames],
    workerHost: endpoint.host,
    workerPort: endpoint.port,
    workerApiKey: endpoint.apiKey,
    maxModelLen: options.maxModelLength ?? undefined,
    parallelSequences: options.parallelSequences,
    threads: devices.kind === 'cpu' ? devices.cores.length : 0,
    logLevel: options.logLevel,
  });
  return {
    program: process.execPath,
    arguments: [options.program, ...options.engineArguments],
    environment: environmentOf(LlamaWorkerSettings, settings),
  };
}
