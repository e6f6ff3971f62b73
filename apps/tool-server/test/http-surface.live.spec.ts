import { DockerContainerRuntime } from '@interleave/docker-runtime';
import type { ExecutionResult } from '@interleave/contracts';
import { describeWithDocker, readServerSentEvents, waitUntil } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first
const MIB = 2 ** 20;

describeWithDocker('the HTTP surface on real containers', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    server = await (await ToolServerUnderTest.start(new DockerContainerRuntime(), { SANDBOX_POOL_SIZE: '2' })).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  const stream = (session: string, code: string, signal?: AbortSignal) =>
    server.send('POST', `/v1/sessions/${session}/execute`, {
      headers: { accept: 'text/event-stream' },
      body: JSON.stringify({ code }),
      ...(signal && { signal }),
    });

  it('sends output while the program runs', async () => {
    const session = await server.open();
    const seen: { event: string | null; text: string; atMs: number }[] = [];
    const code = 'import time\nfor word in ["één", "🙂", "drie"]:\n  print(word, flush=True)\n  time.sleep(0.4)\n"done"';
    for await (const { event, data } of readServerSentEvents(await stream(session, code))) {
      const { text = '', value = '' } = JSON.parse(data) as { text?: string; value?: string };
      seen.push({ event, text: text + value, atMs: performance.now() });
    }
    expect(seen.map(({ event, text }) => [event, text])).toEqual([
      ['stdout', 'één\n'],
      ['stdout', '🙂\n'],
      ['stdout', 'drie\n'],
      ['result', "'done'"],
    ]);
    expect(seen[3]!.atMs - seen[0]!.atMs).toBeGreaterThan(800);
    await server.close(session);
  });

  it('puts the events of a cut stream together to what the result says', async () => {
    const session = await server.open();
    let text = '';
    let result: ExecutionResult | null = null;
    for await (const { event, data } of readServerSentEvents(await stream(session, 'print("é" * 3_000_000)'))) {
      if (event === 'stdout') text += (JSON.parse(data) as { text: string }).text;
      else result = JSON.parse(data) as ExecutionResult;
    }
    expect(result?.truncated.stdout_bytes).toBeGreaterThan(4_000_000);
    expect(text === result?.stdout).toBe(true);
    await server.close(session);
  });

  it('interrupts the program of a stream whose reader left, and keeps its variables', async () => {
    const session = await server.open();
    await server.execute(session, 'x = 41');
    const leaving = new AbortController();
    const response = await stream(session, 'import time\nprint("on", flush=True)\nwhile True:\n  time.sleep(0.01)', leaving.signal);
    const reading = (async () => {
      for await (const _event of readServerSentEvents(response)) leaving.abort();
    })();
    await expect(reading).rejects.toThrow();
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 0, 5000);
    expect(await server.execute(session, 'x + 1')).toMatchObject({ status: 'ok', value: '42', call: 3 });
    await server.close(session);
  });

  it('hands bytes in and out, and programs and clients see the same files', async () => {
    const session = await server.open();
    const bytes = Buffer.from(Array.from({ length: 5 * MIB }, (_, index) => (index * 7) % 251));
    const path = `/v1/sessions/${session}/files/data/in.bin`;
    expect((await server.send('PUT', path, { body: bytes })).statusCode).toBe(204);
    const code = 'data = open("data/in.bin", "rb").read()\nopen("out.bin", "wb").write(data[::-1])\nlen(data)';
    expect((await server.execute(session, code)).value).toBe(String(5 * MIB));
    const out = await server.send('GET', `/v1/sessions/${session}/files/out.bin`);
    expect(Buffer.from(await out.body.arrayBuffer()).equals(bytes.reverse())).toBe(true);
    const listed = await server.call<{ files: { path: string }[] }>('GET', `/v1/sessions/${session}/files`);
    expect(listed.body.files.map((file) => file.path).sort()).toEqual(['data/in.bin', 'out.bin']);
    expect((await server.send('DELETE', path)).statusCode).toBe(204);
    expect((await server.send('GET', path)).statusCode).toBe(404);
    await server.close(session);
  });

  it('follows no links out of the working directory', async () => {
    const session = await server.open();
    await server.execute(session, 'import os\nos.symlink("/etc/passwd", "link")\nos.symlink("/etc", "folder")\nos.mkfifo("pipe")');
    for (const name of ['link', 'folder/passwd', 'pipe']) {
      for (const method of ['GET', 'PUT'] as const) {
        const { statusCode } = await server.send(method, `/v1/sessions/${session}/files/${name}`, method === 'PUT' ? { body: 'x' } : {});
        // A link itself may be replaced by a file of the same name; nothing behind it is reached.
        expect([400, 404, 409, ...(method === 'PUT' && name !== 'folder/passwd' ? [204] : [])]).toContain(statusCode);
      }
    }
    expect((await server.execute(session, 'open("/etc/passwd").read().startswith("root:")')).value).toBe('True');
    await server.close(session);
  });

  it.each([
    ['NUL', 'x = 1\u0000', ['error']],
    ['half a surrogate pair', 'print(len("\ud800"))', ['ok', 'error']],
    ['five million characters of comment', `#${'x'.repeat(4_999_990)}\n1`, ['ok']],
    ['five million characters of arithmetic', `${'1+'.repeat(2_499_990)}1`, ['ok', 'error', 'oom', 'killed', 'timeout']],
    ['brackets that never end', '('.repeat(1_000_000), ['error']],
  ])('gives a result for code of any kind: %s', async (_name, code, statuses) => {
    const session = await server.open();
    const result = await server.execute(session, code);
    expect(statuses).toContain(result.status);
    expect((await server.execute(session, '"alive"')).value).toBe("'alive'");
    await server.close(session);
  });
});
