import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker, dockerUnavailableReason, waitUntil } from '@interleave/testing';
import { ensureSandboxImage, findSandboxFolder } from '../src/container/sandbox-image';
import { SecondEngine } from './support/second-engine';
import { ToolServerProcess } from './support/tool-server-process';
import type { Failure } from './support/tool-server-process';

const BOOT_MS = 660_000;
const IMAGE = 'interleave-sandbox:fault-suite';
const NEVER = new AbortController().signal;

const reason = dockerUnavailableReason() === null ? SecondEngine.unavailableReason() : null;
if (reason !== null) process.stderr.write(`skipped: "faults of the engine". ${reason}\n`);

(reason === null ? describeWithDocker : describe.skip)('faults of the engine', () => {
  let engine: SecondEngine;
  let server: ToolServerProcess;

  beforeAll(async () => {
    const folder = findSandboxFolder();
    await ensureSandboxImage(new DockerContainerRuntime(), folder, () => undefined, NEVER);
    engine = await SecondEngine.start();
    engine.takeImage(folder.imageTag, IMAGE);
    server = await ToolServerProcess.start({
      DOCKER_HOST: engine.host,
      SANDBOX_IMAGE: IMAGE,
      SANDBOX_POOL_SIZE: '1',
      SANDBOX_MEMORY_MIB: '128',
      SESSION_QUEUE_TIMEOUT: '2',
    });
  }, BOOT_MS);

  afterAll(async () => {
    engine.freeDisk();
    await server.end();
    await engine.remove();
  }, 60_000);

  const idle = async (count: number) => waitUntil(async () => (await server.ready()).slots.idle >= count, 90_000);

  it('goes on with the sessions that it has while the disk of the engine is full, says so, and recovers', async () => {
    await idle(1);
    const session = await server.open();
    await server.execute(session, 'x = 41');
    await idle(1);
    engine.fillDisk();
    const last = await server.open();
    await waitUntil(async () => /no space left/i.test((await server.ready()).trouble ?? ''), 60_000);
    const refused = await server.call('POST', '/v1/sessions', {});
    expect(refused).toMatchObject({
      status: 503,
      body: { error: { code: 'sandbox_busy', message: expect.stringMatching(/no space left/i) } },
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await server.execute(session, 'x + 1')).body).toMatchObject({ status: 'ok', value: '42' });
    engine.freeDisk();
    await idle(1);
    expect((await server.ready()).trouble).toBeNull();
    for (const open of [session, last]) await server.call('DELETE', `/v1/sessions/${open}`);
  });

  it('tells the sessions that ended with the engine, stays alive, and fills its pool when the engine is back', async () => {
    await idle(1);
    const session = await server.open();
    await server.execute(session, 'x = 1');
    await engine.stopDaemon();
    await waitUntil(async () => (await server.execute<Failure>(session, 'x')).status === 410, 30_000);
    expect((await server.execute<Failure>(session, 'x')).body.error).toMatchObject({
      code: 'session_expired',
      message: expect.stringContaining('its sandbox was lost'),
    });
    await waitUntil(async () => (await server.call('GET', '/ready')).status === 503, 30_000);
    await waitUntil(async () => (await server.ready()).reason?.includes('Could not create a container') ?? false, 30_000);
    expect(await server.call('POST', '/v1/sessions', {})).toMatchObject({ status: 503, body: { error: { code: 'sandbox_unavailable' } } });
    expect((await server.call('GET', '/health')).status).toBe(200);

    await engine.startDaemon();
    await idle(1);
    const next = await server.open();
    expect((await server.execute(next, '6 * 7')).body).toMatchObject({ status: 'ok', value: '42' });
    expect(server.isAlive).toBe(true);
  });
});
