export type {
  AttachedContainer,
  ContainerListener,
  ContainerRuntime,
  ContainerSummary,
  EngineDescription,
  ImageBuild,
} from './lib/container-runtime';
export type { ContainerSpec } from './lib/container-spec';
export { DockerContainerRuntime } from './lib/docker-container-runtime';
export { StreamDemultiplexer } from './lib/stream-demultiplexer';
