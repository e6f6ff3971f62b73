import { Readable } from 'node:stream';
import { Deferred } from '@interleave/kernel';
import { waitUntil } from '@interleave/testing';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import { ToolServerUnderTest } from './support/tool-server-client';

describe('files of a session over HTTP', () => {
  const gate = new Deferred<void>();
  let runtime: FakeContainerRuntime;
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    runtime = new FakeContainerRuntime(() => ({ until: gate.promise }));
    server = await (await ToolServerUnderTest.start(runtime, { MAX_FILE_BYTES: '2000' })).ready();
  });
  afterAll(() => server.stop());

  async function files(method: 'GET' | 'PUT' | 'DELETE', session: string, path: string, body?: string | Uint8Array | Readable) {
    const response = await server.send(method, `/v1/sessions/${session}/files${path}`, { ...(body !== undefined && { body }) });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    const isJson = response.headers['content-type']?.includes('json') === true;
    return {
      status: response.statusCode,
      type: response.headers['content-type'],
      bytes,
      body: isJson ? (JSON.parse(bytes.toString()) as unknown) : null,
    };
  }

  it('go in and come out byte for byte, and can be listed and removed', async () => {
    const session = await server.open();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect((await files('PUT', session, '/data/a%20b.bin', bytes)).status).toBe(204);
    expect((await files('PUT', session, '/empty')).status).toBe(204);
    expect(await files('GET', session, '/data/a%20b.bin')).toMatchObject({
      status: 200,
      type: 'application/octet-stream',
      bytes: Buffer.from(bytes),
    });
    expect((await files('GET', session, '')).body).toEqual({
      files: [
        { path: 'data/a b.bin', size: 256, modified_at_ms: 5 },
        { path: 'empty', size: 0, modified_at_ms: 5 },
      ],
      is_truncated: false,
    });
    expect((await files('DELETE', session, '/empty')).status).toBe(204);
    expect(await files('GET', session, '/empty')).toMatchObject({ status: 404, body: { error: { code: 'not_found', param: 'path' } } });
    await server.close(session);
  });

  it.each([
    ['/', 'empty'],
    ['/a//b', 'empty'],
    ['//etc/passwd', 'empty'],
    ['/a%2f%2e%2e%2fb', '".."'],
    ['/..%2f..%2fetc%2fpasswd', '".."'],
    ['/a%2f.', '"."'],
    ['/a%00b', 'control character'],
    ['/a%0ab', 'control character'],
    ['/%ff', 'UTF-8'],
    ['/%', 'UTF-8'],
    [`/${'x'.repeat(256)}`, '255'],
    [`/${'x/'.repeat(600)}x`, '1024'],
  ])('have names below the working directory only: %s', async (path, reason) => {
    const session = await server.open();
    expect(await files('PUT', session, path, 'x')).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_request', param: 'path', message: expect.stringContaining(reason) } },
    });
    await server.close(session);
  });

  it.each(['with its length', 'in chunks'])('are refused while they are read when they are too large: %s', async (how) => {
    const session = await server.open();
    const body = how === 'in chunks' ? Readable.from(Array.from({ length: 30 }, () => Buffer.alloc(100))) : Buffer.alloc(2001);
    expect(await files('PUT', session, '/large', body)).toMatchObject({ status: 413, body: { error: { code: 'payload_too_large' } } });
    expect((await files('GET', session, '')).body).toMatchObject({ files: [] });
    await server.close(session);
  });

  it('belong to a session: there are none without', async () => {
    expect(await files('GET', 'unknown', '')).toMatchObject({ status: 404, body: { error: { code: 'session_not_found' } } });
    const session = await server.open();
    await server.close(session);
    expect(await files('PUT', session, '/a', 'x')).toMatchObject({ status: 410, body: { error: { code: 'session_expired' } } });
  });

  it('wait for their turn among the calls', async () => {
    const session = await server.open();
    const order: string[] = [];
    const call = server.execute(session, 'a').then(() => order.push('call'));
    await waitUntil(() => [...runtime.containers.values()].some(({ supervisor }) => supervisor.programs.length === 1));
    const put = files('PUT', session, '/a', 'x').then(() => order.push('put'));
    gate.resolve();
    await Promise.all([call, put]);
    expect(order).toEqual(['call', 'put']);
  });
});
