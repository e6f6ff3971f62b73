import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { runService } from '@interleave/platform';
import { toolServer } from './tool-server';

void runService(toolServer(new DockerContainerRuntime()));
