import { Deferred } from '@interleave/kernel';
import { waitUntil } from '@interleave/testing';
import { request } from 'undici';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import { TOKEN, ToolServerUnderTest } from './support/tool-server-client';

describe('pool of sandboxes behind HTTP', () => {
  let runtime: FakeContainerRuntime;
  let server: ToolServerUnderTest;
  let gate: Deferred<void>;

  async function start(environment: Record<string, string> = {}): Promise<void> {
    gate = new Deferred<void>();
    runtime = new FakeContainerRuntime(({ code }) => ({ stdout: code, ...(code === 'slow' && { until: gate.promise }) }));
    server = await (await ToolServerUnderTest.start(runtime, environment)).ready();
  }

  afterEach(() => server.stop());

  async function metric(name: string, label = ''): Promise<number> {
    const { body } = await request(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const line = (await body.text()).split('\n').find((each) => new RegExp(`^${name}[ {]`).test(each) && each.includes(label));
    return Number(line?.split(' ').at(-1));
  }

  it('refuses a new session at once when as many wait as may, and says when to come back', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1', SESSION_QUEUE_LIMIT: '1', SESSION_QUEUE_TIMEOUT: '20' });
    const first = await server.open();
    const second = server.open();
    await waitUntil(async () => (await server.capabilities()).sessions.waiting === 1);
    const refused = await server.call<{ error: { message: string } }>('POST', '/v1/sessions');
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'sandbox_busy' } } });
    expect(refused.body.error.message).toContain('1 sessions wait already');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await server.close(first);
    await expect(second).resolves.toEqual(expect.any(String));
  });

  it('serves sessions in the order in which they came', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1', SESSION_QUEUE_TIMEOUT: '20' });
    const first = await server.open();
    const order: number[] = [];
    const waiting = [];
    for (const number of [1, 2, 3]) {
      const opened = server.open().then(async (session) => {
        order.push(number);
        await server.close(session);
      });
      waiting.push(opened);
      await waitUntil(async () => (await server.capabilities()).sessions.waiting === number);
    }
    await server.close(first);
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  it('replaces a sandbox that dies at rest, and hands out only living ones', async () => {
    await start({ SANDBOX_POOL_SIZE: '2' });
    await waitUntil(() => runtime.containers.size === 2);
    [...runtime.containers.values()][0]?.end();
    expect((await server.execute(await server.open(), 'alive')).stdout).toBe('alive');
    await waitUntil(() => runtime.startedCount >= 3);
  });

  it('gives back the place of one who no longer waits, for a sandbox as well as for a permit', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '2', SANDBOX_POOL_SIZE: '2', RUN_SLOTS: '1' });
    const [busy, other] = [await server.open(), await server.open()];
    const slow = server.execute(busy, 'slow');
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 1);
    const leaving = new AbortController();
    const calls = [
      server.call('POST', `/v1/sessions/${other}/execute`, { code: 'a' }, { signal: leaving.signal }),
      server.call('POST', '/v1/sessions', {}, { signal: leaving.signal }),
    ];
    const left = Promise.allSettled(calls);
    await waitUntil(async () => (await server.capabilities()).sessions.waiting === 1);
    leaving.abort();
    await left;
    await waitUntil(async () => {
      const { sessions, run_slots } = await server.capabilities();
      return sessions.waiting === 0 && run_slots.waiting === 0;
    });
    gate.resolve();
    expect((await slow).status).toBe('ok');
    expect((await server.execute(other, 'b')).call).toBe(1);
  });

  it('counts what goes on for Prometheus', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1' });
    const session = await server.open();
    const slow = server.execute(session, 'slow');
    await waitUntil(async () => (await metric('interleave_tool_running_programs')) === 1);
    expect(await metric('interleave_sandbox_slots', 'status="leased"')).toBe(1);
    expect(await metric('interleave_sandbox_creation_seconds_count')).toBe(1);
    expect(await metric('interleave_sandbox_breaker_open')).toBe(0);
    expect(await metric('interleave_sandbox_failed_wipes')).toBe(0);
    gate.resolve();
    await slow;
  });
});
