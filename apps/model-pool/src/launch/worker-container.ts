import { selectedEnvironment } from '@interleave/settings';
import type { ContainerFile, ContainerMount, DetachedContainerSpec } from '@interleave/docker-runtime';
import { formatCoreList } from '@interleave/worker-lifecycle';
import type { CommandLine, DeviceGroup } from '@interleave/worker-lifecycle';
import type { ContainerOptions } from './container-options';
import { CACHE_FOLDER } from './worker-mounts';
import { shellEnvironment } from './shell-environment';

export const POOL_LABEL = 'interleave.pool';
export const WORKER_LABEL = 'interleave.worker';
export const DEPLOYMENT_LABEL = 'interleave.deployment';
export const LAUNCH_LABEL = 'interleave.launch';

/** Where a worker listens in its container. */
export const CONTAINER_PORT = 8000;

const ENVIRONMENT_FILE = '/run/interleave/environment';
/** Reads its environment, removes the file and becomes the worker. */
const BECOME_WORKER = 'set -a; . "$0"; rm -f "$0"; exec "$@"';

export interface WorkerContainerRequest {
  readonly worker: string;
  readonly deployment: string;
  readonly pool: string;
  readonly launch: string;
  readonly options: ContainerOptions;
  readonly devices: DeviceGroup;
  readonly command: CommandLine;
  readonly mounts: readonly ContainerMount[];
  /** Where it is reached on this machine. */
  readonly published: { readonly host: string; readonly port: number };
  /** What model-pool itself was given. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface WorkerContainer {
  readonly spec: DetachedContainerSpec;
  /** Everything that may be secret is in here. */
  readonly files: readonly ContainerFile[];
}

/** The container of one worker. Only its file of variables holds the key and what comes from our own environment. */
export function workerContainer(request: WorkerContainerRequest): WorkerContainer {
  const { options, devices, command, mounts, published } = request;
  const isGpu = devices.kind === 'gpu';
  const port = `${CONTAINER_PORT}/tcp`;
  const content = shellEnvironment(environmentOf(request));
  return {
    files: [{ path: ENVIRONMENT_FILE, content, mode: 0o400, userId: Number(options.user.split(':')[0]) }],
    spec: {
      Image: options.image,
      Entrypoint: ['/bin/sh', '-c', BECOME_WORKER, ENVIRONMENT_FILE],
      Cmd: [command.program, ...command.arguments],
      User: options.user,
      Labels: {
        [POOL_LABEL]: request.pool,
        [WORKER_LABEL]: request.worker,
        [DEPLOYMENT_LABEL]: request.deployment,
        [LAUNCH_LABEL]: request.launch,
      },
      ExposedPorts: { [port]: {} },
      // We ask it ourselves.
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        // What it was ended by and what it said last is read first.
        AutoRemove: false,
        // When it is started again is decided here.
        RestartPolicy: { Name: 'no' },
        Init: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        IpcMode: 'private',
        ShmSize: options.sharedMemoryBytes,
        // NCCL pins the memory that GPUs share.
        Ulimits: isGpu ? [{ Name: 'memlock', Soft: -1, Hard: -1 }] : [],
        PortBindings: { [port]: [{ HostIp: addressOf(published.host), HostPort: String(published.port) }] },
        Mounts: mounts,
        CpusetCpus: isGpu ? '' : formatCoreList(devices.cores),
        DeviceRequests: isGpu ? [{ Driver: '', DeviceIDs: devices.gpus.map(({ uuid }) => uuid), Capabilities: [['gpu']] }] : [],
        LogConfig: { Type: 'local', Config: { 'max-size': '16m', 'max-file': '2', compress: 'false' } },
      },
    },
  };
}

/** Engines take no names. */
function addressOf(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host.replace(/^\[|\]$/g, '');
}

/** Without what only means something on this machine: paths, and the numbers of GPUs, of which the container has its own only. */
function environmentOf({ devices, command, mounts, environment }: WorkerContainerRequest): Record<string, string> {
  const { CUDA_VISIBLE_DEVICES, ...engine } = command.environment;
  return {
    // A user without a name or a home is more than some libraries can take.
    HOME: '/tmp',
    USER: 'worker',
    LOGNAME: 'worker',
    ...environment,
    ...(mounts.some(({ Target }) => Target === CACHE_FOLDER) ? { XDG_CACHE_HOME: CACHE_FOLDER } : {}),
    ...engine,
    ...(devices.kind === 'cpu' && CUDA_VISIBLE_DEVICES !== undefined ? { CUDA_VISIBLE_DEVICES } : {}),
  };
}

const PASSED_ON =
  /^(HF_TOKEN|HF_ENDPOINT|HF_HUB_OFFLINE|HF_HUB_DOWNLOAD_TIMEOUT|HUGGING_FACE_HUB_TOKEN|TRANSFORMERS_OFFLINE|VLLM_.*|NCCL_.*|TZ|(?:https?|no|all)_proxy)$/i;
/** Ours although they look like vLLM's, and paths of this machine. */
const KEPT = /^(VLLM_COMMAND|VLLM_API_KEY|VLLM_CPU_KVCACHE_SPACE|VLLM_.*(_ROOT|_DIR|_PATH))$/;

/** What workers in containers get of our environment. */
export function containerEnvironment(furtherNames: readonly string[]): Record<string, string> {
  return selectedEnvironment((name) => (PASSED_ON.test(name) && !KEPT.test(name)) || furtherNames.includes(name));
}
