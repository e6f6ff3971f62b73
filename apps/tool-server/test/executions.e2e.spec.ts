import { Deferred } from '@interleave/kernel';
import { readServerSentEvents, waitUntil } from '@interleave/testing';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import type { FakeContainer } from './support/fake-container-runtime';
import type { FakeProgram, SupervisorScript } from './support/fake-supervisor';
import { ToolServerUnderTest } from './support/tool-server-client';

const JSON_TYPE = { 'content-type': 'application/json' };
const EVENTS = { ...JSON_TYPE, accept: 'text/event-stream' };

describe('calls over HTTP', () => {
  let runtime: FakeContainerRuntime;
  let server: ToolServerUnderTest;

  async function start(script: SupervisorScript, environment: Record<string, string> = {}): Promise<void> {
    runtime = new FakeContainerRuntime(script);
    server = await (await ToolServerUnderTest.start(runtime, environment)).ready();
  }

  const containers = (): FakeContainer[] => [...runtime.containers.values()];
  const programs = (): FakeProgram[] => containers().flatMap(({ supervisor }) => supervisor.programs);
  const stream = (path: string, body: object, signal?: AbortSignal) =>
    server.send('POST', path, { headers: EVENTS, body: JSON.stringify(body), ...(signal && { signal }) });

  async function eventsOf(path: string, body: object): Promise<{ event: string | null; data: unknown }[]> {
    const events = [];
    for await (const { event, data } of readServerSentEvents(await stream(path, body))) events.push({ event, data: JSON.parse(data) });
    return events;
  }

  afterEach(() => server.stop());

  describe('POST /v1/executions', () => {
    it('runs each program in a fresh interpreter, and does not wait for the cleaning', async () => {
      await start(({ code }) => ({ stdout: code }), { SANDBOX_MAX_SESSIONS: '1' });
      for (const code of ['a', 'b']) {
        expect(await server.call('POST', '/v1/executions', { code })).toMatchObject({ status: 200, body: { call: 1, stdout: code } });
      }
      expect(containers().map(({ supervisor }) => supervisor.programs.length)).toEqual([2]);
      await waitUntil(async () => (await server.capabilities()).sessions.active === 0);
    });

    it('waits for a sandbox no longer than sessions do', async () => {
      await start(() => ({}), { SANDBOX_MAX_SESSIONS: '1', SESSION_QUEUE_TIMEOUT: '0.1' });
      await server.open();
      const refused = await server.call('POST', '/v1/executions', { code: 'a' });
      expect(refused).toMatchObject({ status: 503, body: { error: { code: 'sandbox_busy' } } });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    });

    it('gives its sandbox back when the client goes away', async () => {
      await start(() => ({ isEndless: true }), { SANDBOX_MAX_SESSIONS: '1' });
      const leaving = new AbortController();
      const call = server.call('POST', '/v1/executions', { code: 'slow' }, { signal: leaving.signal });
      await waitUntil(() => programs().length === 1);
      leaving.abort();
      await expect(call).rejects.toThrow();
      await waitUntil(async () => (await server.capabilities()).sessions.active === 0);
    });
  });

  it('passes on what a call and its session ask for, and the server’s limits where they ask for nothing', async () => {
    await start(() => ({}));
    const { body } = await server.call<{ session_id: string }>('POST', '/v1/sessions', { checkpoint: 'always', style: 'script' });
    const call = (more: object) => server.call('POST', `/v1/sessions/${body.session_id}/execute`, { code: 'a', ...more });
    await call({});
    await call({ timeout_ms: 60_000, max_output_bytes: 100, memory_mib: 64, style: 'notebook', stdin: null });
    expect(programs()).toMatchObject([
      { timeoutMs: 10_000, maxOutputBytes: 1_048_576, memoryMib: 0, checkpoint: 'always', style: 'script' },
      { timeoutMs: 60_000, maxOutputBytes: 100, memoryMib: 64, checkpoint: 'always', style: 'notebook', stdin: null },
    ]);
  });

  it('tells of a session how much it was used', async () => {
    const gate = new Deferred<void>();
    await start(({ code }) => (code === 'slow' ? { until: gate.promise } : {}));
    const session = await server.open();
    const described = async () => (await server.call('GET', `/v1/sessions/${session}`)).body;
    expect(await described()).toMatchObject({ session_id: session, expires_after_ms: 600_000, calls: 0, is_running: false });
    const call = server.execute(session, 'slow');
    await waitUntil(() => programs().length === 1);
    expect(await described()).toMatchObject({ calls: 1, is_running: true, idle_ms: 0 });
    gate.resolve();
    await call;
    expect(await described()).toMatchObject({ calls: 1, is_running: false, idle_ms: expect.any(Number) });
  });

  describe('streamed', () => {
    it.each(['session', 'execution'])('sends what a program writes while it runs, and its result last: %s', async (kind) => {
      const gate = new Deferred<void>();
      await start(() => ({ writes: [['stdout', 'first\n']], stdout: 'last\n', value: '7', until: gate.promise }));
      const path = kind === 'session' ? `/v1/sessions/${await server.open()}/execute` : '/v1/executions';
      const response = await stream(path, { code: 'a' });
      expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
      const seen = [];
      for await (const { event, data } of readServerSentEvents(response)) {
        seen.push([event, JSON.parse(data) as unknown]);
        // Not before the first text has arrived: the program still runs.
        gate.resolve();
      }
      expect(seen).toEqual([
        ['stdout', { text: 'first\n' }],
        ['stdout', { text: 'last\n' }],
        ['result', expect.objectContaining({ status: 'ok', stdout: 'first\nlast\n', value: '7' })],
      ]);
    });

    it('never splits a character, and mixes the streams up no more than the result does', async () => {
      const smile = Buffer.from('🙂');
      await start(() => ({
        writes: [
          ['stdout', smile.subarray(0, 2)],
          ['stderr', 'é'],
          ['stdout', smile.subarray(2)],
          ['stderr', Uint8Array.of(0xc3)],
        ],
      }));
      const events = await eventsOf('/v1/executions', { code: 'a' });
      const text = (name: string) =>
        events.flatMap(({ event, data }) => (event === name ? [(data as { text: string }).text] : [])).join('');
      expect([text('stdout'), text('stderr')]).toEqual(['🙂', 'é\ufffd']);
      expect(events.at(-1)).toMatchObject({ event: 'result', data: { stdout: '🙂', stderr: 'é\ufffd' } });
    });

    it('tells in the stream what kept a program from having a result', async () => {
      await start(() => ({ garbage: Uint8Array.of(0, 0, 0, 0, 0x99, 0, 0, 0, 1) }));
      expect(await eventsOf('/v1/executions', { code: 'a' })).toEqual([
        { event: 'error', data: { error: expect.objectContaining({ code: 'protocol_violation', type: 'server_error', param: null }) } },
      ]);
    });

    it('answers what is wrong with the request itself without a stream', async () => {
      await start(() => ({}));
      expect((await stream('/v1/executions', { code: 5 })).statusCode).toBe(400);
      expect((await stream('/v1/sessions/unknown/execute', { code: 'a' })).statusCode).toBe(404);
    });

    it('interrupts the program when its client goes away', async () => {
      await start(() => ({ writes: [['stdout', 'tick\n']], isEndless: true }));
      const session = await server.open();
      const leaving = new AbortController();
      const response = await stream(`/v1/sessions/${session}/execute`, { code: 'slow' }, leaving.signal);
      const reading = (async () => {
        for await (const _event of readServerSentEvents(response)) leaving.abort();
      })();
      await expect(reading).rejects.toThrow();
      await waitUntil(() => containers().some(({ supervisor }) => supervisor.cancels === 1));
      expect(await server.call('GET', `/v1/sessions/${session}`)).toMatchObject({ status: 200, body: { calls: 1 } });
    });
  });
});
