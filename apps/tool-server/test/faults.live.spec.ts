import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describeWithDocker, waitUntil } from '@interleave/testing';
import { DockerCli } from './support/docker-cli';
import { ToolServerProcess } from './support/tool-server-process';
import type { Failure } from './support/tool-server-process';

const BOOT_MS = 660_000;
const SETTINGS = { SANDBOX_POOL_SIZE: '2', SANDBOX_MEMORY_MIB: '128' };

describeWithDocker('faults around the tool server', () => {
  const docker = new DockerCli();
  const sockets: Socket[] = [];
  let server: ToolServerProcess;

  beforeAll(async () => {
    server = await ToolServerProcess.start(SETTINGS);
  }, BOOT_MS);

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await server.end();
  });

  const idleSlots = async (count: number) => waitUntil(async () => (await server.ready()).slots.idle >= count, 60_000);

  /** A connection on which everything up to here has been sent, and nothing is read unless someone asks. */
  async function send(text: string): Promise<Socket> {
    const socket = connect(server.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write(text, () => resolve()));
    return socket;
  }

  const head = (path: string, length: number) =>
    [
      `POST ${path} HTTP/1.1`,
      'host: x',
      ...Object.entries(server.headers).map((pair) => pair.join(': ')),
      `content-length: ${length}`,
      '',
      '',
    ].join('\r\n');

  it('replaces an idle container that someone removed, and nobody notices', async () => {
    await idleSlots(2);
    const [victim] = docker.containersOf(server.instance);
    docker.run('rm', '--force', String(victim));
    const session = await server.open();
    expect((await server.execute(session, '1 + 1')).body).toMatchObject({ status: 'ok', value: '2' });
    await server.call('DELETE', `/v1/sessions/${session}`);
    await idleSlots(2);
    expect(docker.containersOf(server.instance)).not.toContain(victim);
  });

  it('tells the session whose container someone removed, and no other', async () => {
    const [lost, kept] = [await server.open(), await server.open()];
    await server.execute(lost, 'open("/tmp/lost-session", "w").close()');
    await server.execute(kept, 'x = 41');
    const victim = docker.containersOf(server.instance).find((id) => hasFile(id, '/tmp/lost-session'));
    docker.run('rm', '--force', String(victim));
    await waitUntil(async () => (await server.execute<Failure>(lost, '1')).status === 410);
    const { body } = await server.execute<Failure>(lost, '1');
    expect(body.error).toMatchObject({ code: 'session_expired', message: expect.stringContaining('its sandbox was lost') });
    expect((await server.execute(kept, 'x + 1')).body).toMatchObject({ status: 'ok', value: '42' });
    await server.call('DELETE', `/v1/sessions/${kept}`);
  });

  it('tells the caller whose program was running when its container was removed', async () => {
    const session = await server.open();
    await server.execute(session, 'open("/tmp/running-session", "w").close()');
    const running = server.execute<Failure>(session, 'import time; time.sleep(30)', { timeout_ms: 30_000 });
    await waitUntil(async () => (await server.runSlots()).active === 1);
    const victim = docker.containersOf(server.instance).find((id) => hasFile(id, '/tmp/running-session'));
    docker.run('rm', '--force', String(victim));
    const { status, body } = await running;
    expect(status).toBeGreaterThanOrEqual(500);
    expect(body.error.code).toBe('sandbox_unavailable');
  });

  it('serves others while clients never send the body that they announced', async () => {
    await Promise.all(Array.from({ length: 100 }, () => send(`${head('/v1/executions', 1000)}{"code":`)));
    const answer = await server.call<{ stdout: string }>('POST', '/v1/executions', { code: 'print("served")' });
    expect(answer.body).toMatchObject({ status: 'ok', stdout: 'served\n' });
  });

  it('serves others while clients never read their answers, and holds no sandbox for them', async () => {
    const body = JSON.stringify({ code: 'print("x" * 1_000_000)' });
    const deaf = await Promise.all(Array.from({ length: 8 }, () => send(head('/v1/executions', body.length) + body)));
    const answer = await server.call<{ stdout: string }>('POST', '/v1/executions', { code: 'print("served")' });
    expect(answer.body).toMatchObject({ status: 'ok', stdout: 'served\n' });
    await waitUntil(async () => (await server.ready()).slots.leased === 0, 30_000);
    const [first] = await once(deaf[0] as Socket, 'data');
    expect(String(first)).toContain('HTTP/1.1 200 OK');
  });

  it('lets programs run while others only sleep, and does not count the wait as run time', async () => {
    const crowded = await ToolServerProcess.start({ ...SETTINGS, SANDBOX_POOL_SIZE: '4', RUN_SLOTS: '1' });
    try {
      const sessions = await Promise.all(Array.from({ length: 4 }, () => crowded.open()));
      const [first, ...others] = sessions as [string, ...string[]];
      let ended = 0;
      const sleeping = others.map(async (session) => {
        const answer = await crowded.execute(session, 'import time; time.sleep(4)', { timeout_ms: 10_000 });
        ended += 1;
        return answer;
      });
      const { body } = await crowded.execute(first, 'print("awake")', { timeout_ms: 1000 });
      expect(body).toMatchObject({ status: 'ok', stdout: 'awake\n' });
      // One after another, all of them would have ended before it ran.
      expect(ended).toBeLessThan(others.length);
      expect((await Promise.all(sleeping)).map((answer) => answer.body.status)).toEqual(['ok', 'ok', 'ok']);
    } finally {
      await crowded.end();
    }
  });

  function hasFile(container: string, path: string): boolean {
    try {
      docker.run('exec', container, 'test', '-e', path);
      return true;
    } catch (_notThere) {
      return false;
    }
  }
});
