import { Deferred } from '@interleave/kernel';
import { waitUntil } from '@interleave/testing';
import { INSTANCE_LABEL, SANDBOX_LABEL } from '../src/container/labels';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import { ToolServerUnderTest } from './support/tool-server-client';

describe('life of the tool server', () => {
  const runtimeThatWorks = () => new FakeContainerRuntime(() => ({ stdout: 'ran\n' }));

  it('is alive but not ready without an engine, and says so', async () => {
    const runtime = runtimeThatWorks();
    runtime.outage = 'Could not reach the Docker engine: connect ENOENT /var/run/docker.sock';
    const server = await ToolServerUnderTest.start(runtime);
    expect((await server.call('GET', '/health')).status).toBe(200);
    await waitUntil(async () => {
      const { status, body } = await server.call<{ reason: string }>('GET', '/ready');
      return status === 503 && body.reason === runtime.outage;
    });
    expect(await server.call('GET', '/v1/capabilities')).toMatchObject({ status: 503, body: { error: { code: 'sandbox_unavailable' } } });
    await server.stop();
  });

  it('builds the image where it is missing', async () => {
    const runtime = runtimeThatWorks();
    runtime.hasImage = false;
    const server = await (await ToolServerUnderTest.start(runtime)).ready();
    expect(runtime.builds).toEqual([expect.objectContaining({ tag: expect.stringMatching(/^interleave-sandbox:[0-9a-f]{12}$/) })]);
    await server.stop();
  });

  it('does not build in place of an image that was named, but says that it is missing', async () => {
    const runtime = runtimeThatWorks();
    runtime.hasImage = false;
    const server = await ToolServerUnderTest.start(runtime, { SANDBOX_IMAGE: 'mine:1' });
    await waitUntil(async () => (await server.call<{ reason: string }>('GET', '/ready')).body.reason?.includes('SANDBOX_IMAGE is mine:1'));
    expect(runtime.builds).toEqual([]);
    await server.stop();
  });

  it('removes the sandboxes that an earlier server left behind, and no one else’s', async () => {
    const runtime = runtimeThatWorks();
    const left = (id: string, state: 'created' | 'running' | 'ended', ageMs: number) => ({
      id,
      state,
      labels: { [SANDBOX_LABEL]: 'true', [INSTANCE_LABEL]: 'another' },
      createdAtMs: Date.now() - ageMs,
    });
    runtime.leftOvers = [
      left('ended', 'ended', 1000),
      left('never-started', 'created', 120_000),
      left('about-to-start', 'created', 100),
      left('in-use', 'running', 120_000),
    ];
    const server = await (await ToolServerUnderTest.start(runtime)).ready();
    expect(runtime.removed).toEqual(['ended', 'never-started']);
    await server.stop();
  });

  it('leaves no container behind when it ends, also with open sessions', async () => {
    const runtime = runtimeThatWorks();
    const server = await (await ToolServerUnderTest.start(runtime, { SANDBOX_POOL_SIZE: '2' })).ready();
    await server.execute(await server.open(), 'a');
    await server.stop();
    expect([...runtime.containers.keys()]).toEqual([]);
  });

  it('lets sessions go on while it drains, lets no new one in, and ends when they have ended', async () => {
    const gate = new Deferred<void>();
    const runtime = new FakeContainerRuntime(({ code }) => ({ stdout: `ran ${code}\n`, ...(code === 'slow' && { until: gate.promise }) }));
    const server = await (await ToolServerUnderTest.start(runtime, { DRAIN_TIMEOUT: '20' })).ready();
    const session = await server.open();
    const slow = server.execute(session, 'slow');
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 1);
    const stopped = server.stop();
    expect(await server.call('POST', '/v1/sessions')).toMatchObject({ status: 503, body: { error: { code: 'draining' } } });
    gate.resolve();
    expect(await slow).toMatchObject({ status: 'ok' });
    expect(await server.execute(session, 'next')).toMatchObject({ status: 'ok', call: 2 });
    await server.close(session);
    await stopped;
    expect([...runtime.containers.keys()]).toEqual([]);
  });

  it('hardens every container', async () => {
    const runtime = runtimeThatWorks();
    const server = await (await ToolServerUnderTest.start(runtime, { SANDBOX_MEMORY_MIB: '256', SANDBOX_PIDS: '32' })).ready();
    const [container] = [...runtime.containers.values()];
    expect(container?.spec).toMatchObject({
      User: '65534:65534',
      NetworkDisabled: true,
      HostConfig: {
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        Privileged: false,
        CapDrop: ['ALL'],
        CapAdd: [],
        Binds: [],
        IpcMode: 'private',
        Memory: 256 * 2 ** 20,
        MemorySwap: 256 * 2 ** 20,
        PidsLimit: 32,
        LogConfig: { Type: 'none' },
        Init: false,
      },
    });
    const [noNewPrivileges, seccomp] = container?.spec.HostConfig.SecurityOpt ?? [];
    expect(noNewPrivileges).toBe('no-new-privileges:true');
    expect(JSON.parse((seccomp ?? '').slice('seccomp='.length))).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO' });
    await server.stop();
  });
});
