import { Deferred } from '@interleave/kernel';
import { waitUntil } from '@interleave/testing';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import type { FakeContainer } from './support/fake-container-runtime';
import type { SupervisorScript } from './support/fake-supervisor';
import { ToolServerUnderTest } from './support/tool-server-client';

const answers: SupervisorScript = ({ code, stdin }) => {
  if (code === 'crash') return { state: 'reset' };
  if (code === 'slow') return { isEndless: true };
  if (code === 'lie') return { garbage: Uint8Array.of(0, 0, 0, 0, 0x99, 0, 0, 0, 1) };
  return { stdout: `ran ${code}${stdin ?? ''}\n`, value: '42' };
};

describe('sessions over HTTP', () => {
  let runtime: FakeContainerRuntime;
  let server: ToolServerUnderTest;

  async function start(environment: Record<string, string> = {}, script: SupervisorScript = answers): Promise<void> {
    runtime = new FakeContainerRuntime(script);
    server = await (await ToolServerUnderTest.start(runtime, environment)).ready();
  }

  const containerThatRan = (code: string): FakeContainer => {
    const container = [...runtime.containers.values()].find(({ supervisor }) =>
      supervisor.programs.some((program) => program.code === code),
    );
    if (!container) throw new Error(`No container ran ${code}.`);
    return container;
  };

  afterEach(() => server.stop());

  it('runs programs one call after another and tells what came of them', async () => {
    await start();
    const session = await server.open();
    expect(await server.execute(session, 'a')).toEqual({
      status: 'ok',
      state: 'kept',
      restored_call: null,
      call: 1,
      stdout: 'ran a\n',
      stderr: '',
      output: 'ran a\n',
      value: '42',
      error: null,
      images: [],
      exit: null,
      truncated: { stdout_bytes: 0, stderr_bytes: 0 },
      wall_ms: 2,
      queued_ms: expect.any(Number) as number,
      cpu_ms: 1,
      peak_memory_bytes: 1000,
    });
    expect(await server.execute(session, 'b', { stdin: '!' })).toMatchObject({ call: 2, stdout: 'ran b!\n' });
    expect(containerThatRan('a').supervisor.programs).toMatchObject([
      { code: 'a', stdin: null, cell: 1, timeoutMs: 10_000 },
      { code: 'b', stdin: '!', cell: 2, timeoutMs: 10_000 },
    ]);
  });

  it('says that a crash has reset the session, and goes on', async () => {
    await start();
    const session = await server.open();
    expect(await server.execute(session, 'crash')).toMatchObject({
      status: 'killed',
      state: 'reset',
      exit: { code: null, signal: 'SIGKILL' },
    });
    expect(await server.execute(session, 'a')).toMatchObject({ status: 'ok', call: 2 });
  });

  it('wipes a sandbox between two sessions', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1' });
    const first = await server.open();
    await server.execute(first, 'a');
    await server.close(first);
    const second = await server.open();
    await server.execute(second, 'b');
    expect(runtime.startedCount).toBe(1);
    expect(containerThatRan('b').supervisor.wipes).toBe(1);
  });

  it('gives every session a container of its own where reuse is off', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1', SANDBOX_REUSE: '0' });
    const first = await server.open();
    await server.execute(first, 'a');
    await server.close(first);
    await server.execute(await server.open(), 'b');
    expect(runtime.removed).toEqual(['container-1']);
    expect(containerThatRan('b').supervisor.programs).toHaveLength(1);
  });

  it('lets a new session wait for a sandbox, and refuses it when none comes free in time', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1', SESSION_QUEUE_TIMEOUT: '0.3' });
    const first = await server.open();
    const refused = await server.call('POST', '/v1/sessions');
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'sandbox_busy', type: 'server_error', param: null } } });
    expect(refused.headers['retry-after']).toBe('2');
    const waiting = server.open();
    await server.close(first);
    await expect(waiting).resolves.toEqual(expect.any(String));
  });

  it('says of a session that its client closed it, and closing it again is harmless', async () => {
    await start();
    const session = await server.open();
    await server.close(session);
    expect(await server.call('DELETE', `/v1/sessions/${session}`)).toMatchObject({ status: 204 });
    const gone = await server.call('POST', `/v1/sessions/${session}/execute`, { code: 'a' });
    expect(gone).toMatchObject({
      status: 410,
      body: { error: { code: 'session_expired', message: expect.stringContaining('its client closed it') } },
    });
  });

  it.each(['nonsense', 'x'.repeat(2000), '..%2F..', '%00', '%'])('does not know a session that never was: %s', async (id) => {
    await start();
    for (const [method, path] of [
      ['POST', `/v1/sessions/${id}/execute`],
      ['GET', `/v1/sessions/${id}`],
    ] as const) {
      expect(await server.call(method, path, method === 'POST' ? { code: 'a' } : undefined)).toMatchObject({
        status: 404,
        body: { error: { code: 'session_not_found' } },
      });
    }
    expect((await server.call('DELETE', `/v1/sessions/${id}`)).status).toBe(204);
  });

  it('closes a session that nobody uses', async () => {
    await start({ SESSION_TIMEOUT: '1' });
    const session = await server.open();
    await waitUntil(async () => (await server.capabilities()).sessions.active === 0, 4000);
    expect(await server.call('POST', `/v1/sessions/${session}/execute`, { code: 'a' })).toMatchObject({
      status: 410,
      body: { error: { code: 'session_expired', message: expect.stringContaining('nobody used it for 1 seconds') } },
    });
  });

  it('runs the calls of one session one after another', async () => {
    const gate = new Deferred<void>();
    await start({ RUN_SLOTS: '8' }, ({ code }) => ({ stdout: code, ...(code === 'first' && { until: gate.promise }) }));
    const session = await server.open();
    const first = server.execute(session, 'first');
    await waitUntil(() => [...runtime.containers.values()].some(({ supervisor }) => supervisor.programs.length === 1));
    const second = server.execute(session, 'second');
    gate.resolve();
    expect([(await first).call, (await second).call]).toEqual([1, 2]);
  });

  it('runs no more programs at once than there are run slots', async () => {
    const gate = new Deferred<void>();
    await start({ RUN_SLOTS: '1', SANDBOX_POOL_SIZE: '2' }, ({ code }) => ({ stdout: code, until: gate.promise }));
    const [one, other] = [await server.open(), await server.open()];
    const runs = [server.execute(one, 'one'), server.execute(other, 'other')];
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 1);
    const programs = () => [...runtime.containers.values()].flatMap(({ supervisor }) => supervisor.programs).length;
    expect(programs()).toBe(1);
    gate.resolve();
    expect((await Promise.all(runs)).map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('interrupts the program when its client goes away', async () => {
    await start();
    const session = await server.open();
    const leaving = new AbortController();
    const call = server.call('POST', `/v1/sessions/${session}/execute`, { code: 'slow' }, { signal: leaving.signal });
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 1);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 0);
    expect(containerThatRan('slow').supervisor.cancels).toBe(1);
    expect(await server.execute(session, 'a')).toMatchObject({ status: 'ok', call: 2 });
  });

  it('throws a sandbox away that sends what nobody asked for: the session is lost, the pool is not', async () => {
    await start();
    const session = await server.open();
    const lost = await server.call('POST', `/v1/sessions/${session}/execute`, { code: 'lie' });
    expect(lost).toMatchObject({ status: 500, body: { error: { code: 'protocol_violation' } } });
    expect(await server.call('POST', `/v1/sessions/${session}/execute`, { code: 'a' })).toMatchObject({
      status: 410,
      body: { error: { code: 'session_expired', message: expect.stringContaining('its sandbox was lost (') } },
    });
    await waitUntil(() => runtime.removed.length === 1);
    expect(await server.execute(await server.open(), 'a')).toMatchObject({ status: 'ok' });
  });

  it('answers for a container that someone removed, and goes on with another', async () => {
    await start();
    const session = await server.open();
    const call = server.call('POST', `/v1/sessions/${session}/execute`, { code: 'slow' });
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 1);
    containerThatRan('slow').end();
    expect(await call).toMatchObject({ status: 503, body: { error: { code: 'sandbox_unavailable' } } });
    expect(await server.execute(await server.open(), 'a')).toMatchObject({ status: 'ok' });
  });

  it('does not hand out a warm sandbox that died while it was idle', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1' });
    [...runtime.containers.values()][0]?.end();
    expect(await server.execute(await server.open(), 'a')).toMatchObject({ status: 'ok' });
    expect(runtime.startedCount).toBe(2);
  });

  it('lets nobody in without the token', async () => {
    await start();
    for (const token of [null, 'wrong']) {
      for (const [method, path] of [
        ['POST', '/v1/sessions'],
        ['GET', '/v1/capabilities'],
        ['POST', '/get_observation'],
      ] as const) {
        expect(await server.call(method, path, method === 'POST' ? {} : undefined, { token })).toMatchObject({ status: 401 });
      }
    }
    expect((await server.call('GET', '/health', undefined, { token: null })).status).toBe(200);
  });

  it('says what programs find here', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '2', MAX_TOOL_TIMEOUT: '60' });
    const session = await server.open();
    expect(await server.capabilities()).toEqual({
      sandbox: 'docker',
      runtime: 'runc',
      channel: 'engine',
      warning: null,
      python: '3.11.2',
      packages: [
        { name: 'numpy', version: '1.24.2' },
        { name: 'pillow', version: '9.4.0', import: 'PIL' },
      ],
      limits: {
        timeout_ms: 10_000,
        max_timeout_ms: 60_000,
        max_output_bytes: 1_048_576,
        memory_mib: 512,
        pids: 64,
        max_file_bytes: 8_388_608,
        max_images: 8,
      },
      checkpoint: 'auto',
      sessions: { max: 2, active: 1, waiting: 0 },
      run_slots: { max: expect.any(Number), active: 0, waiting: 0 },
    });
    await server.close(session);
  });
});
