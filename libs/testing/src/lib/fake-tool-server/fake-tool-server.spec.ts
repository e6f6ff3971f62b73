import type { CreateSessionResponse, ExecutionResult } from '@interleave/contracts';
import { waitUntil } from '../waiting/wait-until';
import type { ExecutionScript } from './fake-execution';
import { FakeToolServer } from './fake-tool-server';
import type { FakeToolServerOptions } from './fake-tool-server';

describe('fake tool server', () => {
  let fake: FakeToolServer;

  async function start(script: ExecutionScript, options: FakeToolServerOptions = {}): Promise<void> {
    fake = await FakeToolServer.start({ script, ...options });
  }
  afterEach(() => fake.stop());

  function send(method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<Response> {
    return fetch(`${fake.url}${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body), ...init });
  }
  const open = async () => ((await (await send('POST', '/v1/sessions', {})).json()) as CreateSessionResponse).session_id;
  const execute = async (id: string, code: string) =>
    (await (await send('POST', `/v1/sessions/${id}/execute`, { code })).json()) as ExecutionResult;

  it('fills in what the script does not say', async () => {
    await start(['408\n', { error: { type: 'ValueError', message: 'no', traceback: 'Traceback…' } }]);
    const id = await open();
    expect(await execute(id, 'print(12*34)')).toMatchObject({
      status: 'ok',
      call: 1,
      state: 'kept',
      stdout: '408\n',
      output: '408\n',
      error: null,
    });
    expect(await execute(id, 'raise')).toMatchObject({ status: 'error', call: 2, output: '' });
  });

  it('asks the script with code, session and number of the call', async () => {
    await start(({ code, callNumber }) => ({ stdout: `${callNumber}:${code}` }));
    const [first, second] = [await open(), await open()];
    expect((await execute(first, 'a')).stdout).toBe('1:a');
    expect((await execute(first, 'b')).stdout).toBe('2:b');
    expect((await execute(second, 'c')).stdout).toBe('1:c');
  });

  it('runs the calls of one session one after another', async () => {
    const order: string[] = [];
    await start(async ({ code }) => {
      order.push(`start ${code}`);
      await Promise.resolve();
      order.push(`end ${code}`);
      return { delayMs: 5 };
    });
    const id = await open();
    await Promise.all([execute(id, 'a'), execute(id, 'b')]);
    expect(order.map((entry) => entry.split(' ')[0])).toEqual(['start', 'end', 'start', 'end']);
  });

  it('notices a client that goes away while the code runs', async () => {
    await start([{ isStalled: true }, 'next']);
    const id = await open();
    const controller = new AbortController();
    const call = send('POST', `/v1/sessions/${id}/execute`, { code: 'while True: pass' }, { signal: controller.signal });
    await waitUntil(() => fake.executions.length === 1);
    controller.abort();
    await expect(call).rejects.toThrow();
    await waitUntil(() => fake.abortedExecutions === 1);
    expect((await execute(id, 'x')).stdout).toBe('next');
  });

  it('closes sessions idempotently, and knows them no more', async () => {
    await start([]);
    const id = await open();
    expect((await send('DELETE', `/v1/sessions/${id}`)).status).toBe(204);
    expect((await send('DELETE', `/v1/sessions/${id}`)).status).toBe(204);
    expect(fake.closedSessions).toEqual([id]);
    expect(fake.activeSessions).toBe(0);
    const response = await send('POST', `/v1/sessions/${id}/execute`, { code: '' });
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'session_not_found', param: null } }]);
  });

  it('ends a running call when its session is deleted', async () => {
    await start([{ isStalled: true }]);
    const id = await open();
    const call = send('POST', `/v1/sessions/${id}/execute`, { code: 'x' });
    await waitUntil(() => fake.executions.length === 1);
    await send('DELETE', `/v1/sessions/${id}`);
    expect((await call).status).toBe(404);
  });

  it('refuses sessions on demand and when it is full, with retry-after', async () => {
    await start([], { maxSessions: 1 });
    fake.refusedSessions = 1;
    const refused = await send('POST', '/v1/sessions', {});
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ error: { code: 'sandbox_busy' } });
    expect((await send('POST', '/v1/sessions', {})).status).toBe(201);
    expect((await send('POST', '/v1/sessions', {})).status).toBe(503);
  });

  it('plays failures of the infrastructure', async () => {
    await start([{ failure: { status: 503, code: 'sandbox_unavailable' } }]);
    expect((await send('POST', `/v1/sessions/${await open()}/execute`, { code: 'x' })).status).toBe(503);
  });

  it('asks for its token', async () => {
    await start([], { serviceToken: 'secret' });
    expect((await send('POST', '/v1/sessions', {})).status).toBe(401);
    expect((await send('GET', '/v1/capabilities', undefined, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
  });
});
