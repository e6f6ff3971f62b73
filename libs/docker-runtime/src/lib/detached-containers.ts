import type { ContainerRuntime } from './container-runtime';
import type { DetachedContainerSpec } from './detached-container-spec';

/** A container engine, as far as containers that outlive us need one. Every failure is an AppError `docker_unavailable`. */
export interface DetachedContainers extends Pick<ContainerRuntime, 'describe' | 'imageExists' | 'remove' | 'list'> {
  /** Whether a registry has the image. @throws when none says so: the message says why */
  requirePullable(image: string, signal: AbortSignal): Promise<void>;
  pullImage(image: string, onProgress: (progress: PullProgress) => void, signal: AbortSignal): Promise<void>;
  /** Makes it, with these files in it, and doesn't start it; where one of them fails, nothing is left behind. */
  create(name: string, spec: DetachedContainerSpec, files: readonly ContainerFile[], signal: AbortSignal): Promise<string>;
  start(containerId: string, signal: AbortSignal): Promise<void>;
  /** Null: there is no such container. */
  inspect(containerId: string, signal: AbortSignal): Promise<ContainerCondition | null>;
  /** One that doesn't run gets none, and that is all right. */
  kill(containerId: string, name: 'SIGTERM' | 'SIGKILL', signal: AbortSignal): Promise<void>;
  /** Everything it has printed that the engine has kept, then what it prints, until it ends or the connection does. */
  followOutput(containerId: string, onBytes: (bytes: Uint8Array) => void, signal: AbortSignal): Promise<void>;
}

export interface PullProgress {
  readonly receivedBytes: number;
  /** Of the layers that are known so far. */
  readonly totalBytes: number;
}

/** A file that is put into a container before it starts, so that its content is in no setting of it. */
export interface ContainerFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Of the file and of its folder, which is made where it is missing. */
  readonly userId: number;
}

export interface ContainerCondition {
  readonly status: 'created' | 'running' | 'ended';
  readonly labels: Readonly<Record<string, string>>;
  /** As the engine writes it; tells this run from every other one. */
  readonly startedAt: string;
  readonly exitCode: number;
  /** The kernel ended a process of it for want of memory. */
  readonly ranOutOfMemory: boolean;
}
