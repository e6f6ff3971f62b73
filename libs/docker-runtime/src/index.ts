export type {
  AttachedContainer,
  ContainerListener,
  ContainerRuntime,
  ContainerSummary,
  EngineDescription,
  ImageBuild,
} from './lib/container-runtime';
export type { ContainerSpec } from './lib/container-spec';
export type { ContainerMount, DetachedContainerSpec } from './lib/detached-container-spec';
export type { ContainerCondition, ContainerFile, DetachedContainers, PullProgress } from './lib/detached-containers';
export { DockerContainerRuntime } from './lib/docker-container-runtime';
export { DockerDetachedContainers } from './lib/docker-detached-containers';
export { StreamDemultiplexer } from './lib/stream-demultiplexer';
