import type { ContainerSpec } from './container-spec';

/** A container engine, as far as sandboxes need one. Every failure is an AppError `docker_unavailable`. */
export interface ContainerRuntime {
  /** @throws when no engine answers */
  describe(signal: AbortSignal): Promise<EngineDescription>;
  imageExists(tag: string, signal: AbortSignal): Promise<boolean>;
  /** Builds an image from a folder that holds a Dockerfile. */
  buildImage(request: ImageBuild, signal: AbortSignal): Promise<void>;
  /** Creates a container, attaches to it and starts it; where one of these fails, nothing is left behind. */
  start(spec: ContainerSpec, listener: ContainerListener, signal: AbortSignal): Promise<AttachedContainer>;
  /** Kills and removes; resolves when it is gone, whoever removed it. */
  remove(containerId: string, signal: AbortSignal): Promise<void>;
  /** Of the container's first process, as the engine's machine counts. */
  processId(containerId: string, signal: AbortSignal): Promise<number>;
  /** What all processes of the container have used of the processors so far. */
  processorTimeMs(containerId: string, signal: AbortSignal): Promise<number>;
  /** All containers that carry the label, running or not. */
  list(label: string, signal: AbortSignal): Promise<readonly ContainerSummary[]>;
}

export interface EngineDescription {
  readonly version: string;
  readonly apiVersion: string;
  readonly runtimes: readonly string[];
  readonly cpus: number;
}

export interface ImageBuild {
  readonly folder: string;
  /** Names within the folder that do not belong to the image. */
  readonly ignoredNames: readonly string[];
  readonly tag: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Hears of each step. */
  readonly onProgress: (line: string) => void;
}

export interface ContainerListener {
  /** Bytes of the container's stdout, as they come. */
  onOutput(bytes: Uint8Array): void;
  /** Bytes of its stderr: for people. */
  onDiagnostics(bytes: Uint8Array): void;
  /** The stream ended: the container is gone, or the engine. Called once, nothing comes after it. */
  onClosed(): void;
}

export interface AttachedContainer {
  readonly id: string;
  /** Writes to the container's stdin. After the stream has closed it does nothing. */
  write(bytes: Uint8Array): void;
  /** Lets go of the stream; the container sees the end of its stdin. */
  detach(): void;
}

export interface ContainerSummary {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'created' | 'running' | 'ended';
  readonly createdAtMs: number;
}
