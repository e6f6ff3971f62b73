import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker } from '@interleave/testing';
import { SANDBOX_BACKEND } from '../src/backend/sandbox-backend';
import type { DockerBackend } from '../src/backend/docker-backend';
import { INSTANCE_LABEL } from '../src/container/labels';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000;

describeWithDocker('removing a container', () => {
  it(
    'ends for everyone who removes it when it is gone, not before',
    async () => {
      const docker = new DockerContainerRuntime();
      const server = await (await ToolServerUnderTest.start(docker, { SANDBOX_POOL_SIZE: '3' })).ready(BOOT_MS);
      try {
        const { instanceId } = server.app.get<DockerBackend>(SANDBOX_BACKEND);
        const own = async () => (await docker.list(`${INSTANCE_LABEL}=${instanceId}`, AbortSignal.timeout(5000))).map(({ id }) => id);
        const containers = await own();
        expect(containers.length).toBeGreaterThan(0);
        const removeAndLook = async (id: string): Promise<boolean> => {
          await docker.remove(id, AbortSignal.timeout(30_000));
          return (await own()).includes(id);
        };
        const isStillThere = await Promise.all(containers.flatMap((id) => [removeAndLook(id), removeAndLook(id), removeAndLook(id)]));
        expect(isStillThere).not.toContain(true);
      } finally {
        await server.stop();
      }
    },
    BOOT_MS,
  );
});
