import type { ExecutionResult, RevokeResponse } from '@interleave/contracts';
import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first

describeWithDocker('a call that is taken back', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    server = await (await ToolServerUnderTest.start(new DockerContainerRuntime(), { SANDBOX_POOL_SIZE: '2' })).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  const revoke = async (session: string): Promise<RevokeResponse['revoked']> =>
    (await server.call<RevokeResponse>('POST', `/v1/sessions/${session}/revoke`, {})).body.revoked;
  const start = (session: string, code: string, signal?: AbortSignal) =>
    server.call<ExecutionResult>('POST', `/v1/sessions/${session}/execute`, { code, revocable: true }, signal ? { signal } : {});

  it.each([
    ['that has ended', 'x.append(2)\nopen("f", "w").write("a")\nimport random; random.seed(1)', false],
    ['that runs', 'x.append(2)\nopen("f", "w").write("a")\nimport time; time.sleep(60)', true],
    ['that can only be killed', 'x.append(2)\nopen("f", "w").write("a")\nsum(range(10**12))', true],
  ])('is as if it had never run: one %s', async (_what, code, isRunning) => {
    const session = await server.open();
    await server.execute(session, 'x = [1]');
    if (isRunning) {
      const leaving = new AbortController();
      const call = start(session, code, leaving.signal);
      call.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      leaving.abort();
    } else {
      expect((await start(session, code)).body).toMatchObject({ status: 'ok', call: 2 });
    }

    expect(await revoke(session)).toBe('done');
    expect(await revoke(session)).toBe('nothing');

    const after = await server.execute(session, 'import os; x.append(3); (x, os.path.exists("f"))');
    expect(after).toMatchObject({ status: 'ok', state: 'kept', value: '([1, 3], False)', call: 2 });
    await server.close(session);
  });

  it('leaves a session that held nothing without anything', async () => {
    const session = await server.open();
    expect((await start(session, 'y = 1\nopen("f", "w").write("a")')).body).toMatchObject({ status: 'ok', call: 1 });
    expect(await revoke(session)).toBe('done');
    expect(await server.execute(session, 'import os; ("y" in globals(), os.listdir("."))')).toMatchObject({
      value: expect.stringContaining('False'),
    });
    await server.close(session);
  });

  it('stays where nobody takes it back', async () => {
    const session = await server.open();
    await server.execute(session, 'x = 1');
    expect((await start(session, 'x = 2')).body).toMatchObject({ status: 'ok', call: 2 });
    expect(await server.execute(session, 'x')).toMatchObject({ value: '2', call: 3 });
    expect(await revoke(session)).toBe('nothing');
    await server.close(session);
  });

  it.each([
    ['files', 'open("f", "w").write("a")'],
    ['something in the background', 'import subprocess; p = subprocess.Popen(["sleep", "60"])'],
    ['threads', 'import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()'],
  ])('is refused, and does not run, in a session that has %s', async (_what, code) => {
    const session = await server.open();
    await server.execute(session, code);
    expect(await start(session, 'z = 1')).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    expect(await server.execute(session, '"z" in globals()')).toMatchObject({ value: 'False', call: 2 });
    await server.close(session);
  });
});
