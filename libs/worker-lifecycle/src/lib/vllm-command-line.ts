import { formatCoreList } from './device';
import type { DeviceGroup } from './device';
import { splitCommand } from './split-command';
import { findVllmFlag, hasFlag, NEWEST_VLLM } from './vllm-flag-table';
import type { VllmVersion } from './vllm-version';

export interface VllmOptions {
  readonly command: string;
  /** Null where it isn't known: taken for the newest. */
  readonly version: VllmVersion | null;
  readonly model: string;
  readonly isLocalModel: boolean;
  readonly servedNames: readonly string[];
  readonly tensorParallelSize: number;
  readonly gpuMemoryUtilization: number;
  readonly maxModelLength: number | null;
  readonly dtype: string | null;
  readonly trustRemoteCode: boolean;
  /** Only with GPUs. */
  readonly enableSleepMode: boolean;
  /** GiB, without a GPU. */
  readonly cpuKvCacheGib: number;
  /** Go last, so that they win. */
  readonly engineArguments: readonly string[];
}

/** Where a worker listens, and the key that guards it. */
export interface WorkerEndpoint {
  readonly host: string;
  readonly port: number;
  readonly apiKey: string;
}

export interface CommandLine {
  readonly program: string;
  readonly arguments: readonly string[];
  /** Beyond what every worker gets. Holds the key: a command line is public on its machine. */
  readonly environment: Readonly<Record<string, string>>;
}

/** `vllm serve …` for one copy on its devices. */
export function vllmCommandLine(options: VllmOptions, devices: DeviceGroup, endpoint: WorkerEndpoint): CommandLine {
  const [program = '', ...leading] = splitCommand(options.command);
  const isGpu = devices.kind === 'gpu';
  const knows = (name: string): boolean => hasVllmFlag(name, options.version);
  return {
    program,
    arguments: [
      ...leading,
      options.model,
      ...['--served-model-name', ...options.servedNames],
      ...['--host', endpoint.host, '--port', String(endpoint.port)],
      ...(options.tensorParallelSize > 1 ? ['--tensor-parallel-size', String(options.tensorParallelSize)] : []),
      ...(isGpu ? ['--gpu-memory-utilization', String(options.gpuMemoryUtilization)] : ['--enforce-eager']),
      ...(options.maxModelLength === null ? [] : ['--max-model-len', String(options.maxModelLength)]),
      ...(options.dtype === null ? [] : ['--dtype', options.dtype]),
      ...(options.trustRemoteCode ? ['--trust-remote-code'] : []),
      // Before there was a flag to ask for it, every prompt was written to the log.
      ...(knows('--enable-log-requests') ? [] : ['--disable-log-requests']),
      ...(options.enableSleepMode ? ['--enable-sleep-mode'] : []),
      ...options.engineArguments,
    ],
    environment: {
      VLLM_API_KEY: endpoint.apiKey,
      VLLM_NO_USAGE_STATS: '1',
      // Its progress is read from a file, late: unbuffered, the last words before a crash are there.
      PYTHONUNBUFFERED: '1',
      // The routes of its sleep mode are among those for development.
      ...(options.enableSleepMode ? { VLLM_SERVER_DEV_MODE: '1' } : {}),
      ...(options.isLocalModel ? { HF_HUB_OFFLINE: '1' } : {}),
      ...(isGpu ? gpuEnvironment(devices) : cpuEnvironment(devices.cores, options)),
    },
  };
}

/** @param version null where it isn't known: taken for the newest */
export function hasVllmFlag(name: string, version: VllmVersion | null): boolean {
  const flag = findVllmFlag(name);
  return flag !== null && hasFlag(flag, version ?? NEWEST_VLLM);
}

function gpuEnvironment({ gpus }: Extract<DeviceGroup, { kind: 'gpu' }>): Record<string, string> {
  // Indices mean what nvidia-smi means by them only in bus order; CUDA's own order is fastest first.
  return { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: gpus.map(({ handle }) => handle).join(',') };
}

function cpuEnvironment(cores: readonly number[], { cpuKvCacheGib, tensorParallelSize }: VllmOptions): Record<string, string> {
  const perRank = Math.floor(cores.length / tensorParallelSize);
  const ranks = Array.from({ length: tensorParallelSize }, (_, rank) =>
    formatCoreList(cores.slice(rank * perRank, rank === tensorParallelSize - 1 ? undefined : (rank + 1) * perRank)),
  );
  return { CUDA_VISIBLE_DEVICES: '', VLLM_CPU_KVCACHE_SPACE: String(cpuKvCacheGib), VLLM_CPU_OMP_THREADS_BIND: ranks.join('|') };
}
