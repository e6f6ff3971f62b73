import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker, waitUntil } from '@interleave/testing';
import { INSTANCE_LABEL } from '../src/container/labels';
import { SANDBOX_BACKEND } from '../src/backend/sandbox-backend';
import type { DockerBackend } from '../src/backend/docker-backend';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000;
/** Only root reaches the descriptors of another user's process; for everyone else this is the way through the engine twice. */
const canBeDirect = process.getuid?.() === 0 && !process.env['DOCKER_HOST'];

describeWithDocker('the way to a sandbox', () => {
  it.each([
    ['past the engine where this process may', 'true', canBeDirect ? 'direct' : 'engine'],
    ['through the engine when asked to', 'false', 'engine'],
  ])(
    'leads %s, and calls, floods, interrupts and the end of a session are the same',
    async (_how, direct, channel) => {
      const docker = new DockerContainerRuntime();
      const server = await (await ToolServerUnderTest.start(docker, { SANDBOX_DIRECT: direct })).ready(BOOT_MS);
      try {
        expect((await server.capabilities()).channel).toBe(channel);
        const session = await server.open();
        expect(await server.execute(session, 'x = 6; x * 7')).toMatchObject({ status: 'ok', value: '42' });
        const flood = await server.execute(session, 'print("x" * 10_000_000)');
        expect(flood).toMatchObject({
          status: 'ok',
          state: 'kept',
          truncated: { stdout_bytes: 10_000_001 - 1_048_576 },
        });
        expect(await server.execute(session, 'while True: pass', { timeout_ms: 300 })).toMatchObject({ status: 'timeout', state: 'kept' });
        expect((await server.execute(session, 'x')).value).toBe('6');
        await server.close(session);
        const next = await server.open();
        expect((await server.execute(next, '"x" in globals()')).value).toBe('False');
        await server.close(next);
      } finally {
        const { instanceId } = server.app.get<DockerBackend>(SANDBOX_BACKEND);
        await server.stop();
        await waitUntil(async () => (await docker.list(`${INSTANCE_LABEL}=${instanceId}`, AbortSignal.timeout(5000))).length === 0, 10_000);
      }
    },
    BOOT_MS,
  );
});
