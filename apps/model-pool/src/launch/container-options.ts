import { resolve } from 'node:path';
import type { ModelPoolSettings } from '@interleave/settings';

/** What the containers of a deployment are like. */
export interface ContainerOptions {
  readonly image: string;
  /** `UID:GID` */
  readonly user: string;
  readonly sharedMemoryBytes: number;
  /** What they keep between starts: a folder of this machine, or the name of a volume. */
  readonly cache: string | null;
  /** Further variables that workers get. */
  readonly environmentNames: readonly string[];
}

/** Pinned: another release of vLLM may have other flags. The same as in docker/compose.gpu.yaml. */
const VLLM_IMAGE = 'vllm/vllm-openai:v0.32.0';
/** What `docker compose build model-pool` makes. */
const LLAMA_WORKER_IMAGE = 'interleave/model-pool';

export function workerImageOf(engine: 'vllm' | 'llama-worker', { workerImage }: Pick<ModelPoolSettings, 'workerImage'>): string {
  return workerImage || (engine === 'vllm' ? VLLM_IMAGE : LLAMA_WORKER_IMAGE);
}

/** Null where the workers of these settings are processes. */
export function containerOptionsOf(engine: 'vllm' | 'llama-worker', settings: ModelPoolSettings): ContainerOptions | null {
  if (settings.launcher !== 'container') return null;
  return {
    image: workerImageOf(engine, settings),
    user: userOf(settings.workerUser),
    sharedMemoryBytes: Math.round(settings.workerSharedMemory * 1024 ** 3),
    cache: cacheOf(settings.workerCache),
    environmentNames: settings.workerEnvironment,
  };
}

/** Ours by default: it can read what we can, and what it downloads belongs to us. */
function userOf(workerUser: string | undefined): string {
  const user = workerUser || `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  return user.includes(':') ? user : `${user}:${user}`;
}

function cacheOf(workerCache: string | undefined): string | null {
  if (!workerCache) return null;
  return /^[\w][\w.-]*$/.test(workerCache) ? workerCache : resolve(workerCache);
}
