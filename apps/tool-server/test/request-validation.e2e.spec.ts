import { Readable } from 'node:stream';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import { ToolServerUnderTest } from './support/tool-server-client';

const MIB = 2 ** 20;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('requests that are wrong', () => {
  let runtime: FakeContainerRuntime;
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    runtime = new FakeContainerRuntime(({ code }) => ({ stdout: String(code.length) }));
    server = await (await ToolServerUnderTest.start(runtime, { MAX_TOOL_TIMEOUT: '60' })).ready();
  });
  afterAll(() => server.stop());

  /** With a session or without, the rules are the same. */
  async function post(body: string): Promise<{ status: number; error: { message: string; param: string | null; code: string } | null }> {
    const answers = [];
    for (const path of ['/v1/executions', `/v1/sessions/${await server.open()}/execute`]) {
      const response = await server.send('POST', path, { body });
      const { error } = (await response.body.json()) as { error?: { message: string; param: string | null; code: string } };
      answers.push({ status: response.statusCode, error: error ?? null });
    }
    expect(answers[1]).toEqual(answers[0]);
    return answers[0]!;
  }

  it.each([
    ['code', {}, 'code is required: the Python program.'],
    ['code', { code: null }, 'code is required: the Python program.'],
    ['code', { code: 5 }, 'code must be a string (the Python program), not a number.'],
    ['code', { code: ['a'] }, 'code must be a string (the Python program), not an array.'],
    ['code', { code: 'x'.repeat(5_000_001) }, 'code has 5000001 characters; 5000000 are allowed.'],
    ['stdin', { code: 'a', stdin: {} }, 'stdin must be a string (what the program reads from its standard input), not an object.'],
    ['timeout_ms', { code: 'a', timeout_ms: 60_001 }, 'timeout_ms must be a whole number from 1 to 60000 (MAX_TOOL_TIMEOUT), not 60001.'],
    ['timeout_ms', { code: 'a', timeout_ms: 0 }, 'timeout_ms must be a whole number from 1 to 60000 (MAX_TOOL_TIMEOUT), not 0.'],
    ['timeout_ms', { code: 'a', timeout_ms: 1.5 }, 'timeout_ms must be a whole number from 1 to 60000 (MAX_TOOL_TIMEOUT), not 1.5.'],
    ['timeout_ms', { code: 'a', timeout_ms: '9' }, 'timeout_ms must be a whole number from 1 to 60000 (MAX_TOOL_TIMEOUT), not a string.'],
    [
      'max_output_bytes',
      { code: 'a', max_output_bytes: 1_048_577 },
      'max_output_bytes must be a whole number from 1 to 1048576 (MAX_OUTPUT_BYTES), not 1048577.',
    ],
    ['memory_mib', { code: 'a', memory_mib: 513 }, 'memory_mib must be a whole number from 16 to 512 (SANDBOX_MEMORY_MIB), not 513.'],
    ['style', { code: 'a', style: 'cell' }, 'style must be one of "notebook", "script".'],
    [
      'timeout',
      { code: 'a', timeout: 5 },
      'Unknown field "timeout": the fields of this request are code, stdin, timeout_ms, max_output_bytes, memory_mib, style, revocable.',
    ],
  ])('are refused with a sentence that says what is allowed: %s', async (param, body, message) => {
    expect(await post(JSON.stringify(body))).toEqual({
      status: 400,
      error: { code: 'invalid_request', type: 'invalid_request_error', param, message },
    });
  });

  it.each([
    ['a key that means something to JavaScript', '{"code": "a", "__proto__": {"style": "script"}}', 'Unknown field "__proto__"'],
    ['the name of an inherited property', '{"code": "a", "constructor": 1}', 'Unknown field "constructor"'],
    ['NaN', '{"code": "a", "timeout_ms": NaN}', 'not JSON'],
    ['a number beyond all numbers', '{"code": "a", "timeout_ms": 1e999}', 'not Infinity'],
    ['an object that does not end', '{"code": "a"', 'not JSON'],
    ['an array', '[{"code": "a"}]', 'must be a JSON object; its fields are code, '],
    ['null', 'null', 'must be a JSON object'],
    ['a string', '"code"', 'must be a JSON object'],
    ['half a million arrays, one in another', nested(500_000), 'must be a JSON object'],
    ['the same in a field that nobody knows', `{"code": "a", "x": ${nested(500_000)}}`, 'Unknown field "x"'],
    ['the same as code', `{"code": ${nested(500_000)}}`, 'code must be a string (the Python program), not an array.'],
  ])('are refused whatever their JSON looks like: %s', async (_name, body, message) => {
    expect(await post(body)).toMatchObject({ status: 400, error: { code: 'invalid_request', message: expect.stringContaining(message) } });
  });

  it.each([
    ['a key that comes twice counts as it stands last', '{"code": "a", "code": "ab"}', '2'],
    ['code of five million characters', JSON.stringify({ code: '#'.repeat(5_000_000) }), '5000000'],
    ['NUL', '{"code": "\\u0000"}', '1'],
    ['half a surrogate pair', '{"code": "\\ud800"}', '1'],
    ['bytes that are no UTF-8', Buffer.from([...Buffer.from('{"code":"'), 0xff, ...Buffer.from('"}')]), '1'],
  ])('are not: %s', async (_name, body, stdout) => {
    const response = await server.send('POST', '/v1/executions', { body });
    expect([response.statusCode, await response.body.json()]).toMatchObject([200, { stdout }]);
  });

  it('are refused by what they are encoded in', async () => {
    const response = await server.send('POST', '/v1/executions', { body: 'x', headers: { 'content-encoding': 'gzip' } });
    expect([response.statusCode, await response.body.json()]).toMatchObject([
      400,
      { error: { message: expect.stringContaining('content-encoding') } },
    ]);
  });

  it.each(['with its length', 'in chunks'])('are 413 when their body is too large: %s', async (how) => {
    const body = how === 'in chunks' ? Readable.from(Array.from({ length: 17 }, () => Buffer.alloc(MIB, 32))) : Buffer.alloc(17 * MIB, 32);
    const response = await server.send('POST', '/v1/executions', { body });
    expect([response.statusCode, await response.body.json()]).toMatchObject([413, { error: { code: 'payload_too_large' } }]);
  });

  it.each([
    [{ checkpoint: 'never' }, 'checkpoint', 'checkpoint must be one of "off", "auto", "always".'],
    [{ style: 1 }, 'style', 'style must be one of "notebook", "script".'],
    [{ code: 'a' }, 'code', 'Unknown field "code": the fields of this request are checkpoint, style.'],
  ])('of a session are refused likewise: %j', async (body, param, message) => {
    expect(await server.call('POST', '/v1/sessions', body)).toMatchObject({ status: 400, body: { error: { param, message } } });
  });

  it('carry the request id of the client, and errors carry one too', async () => {
    const response = await server.send('POST', '/v1/executions', { body: '{}', headers: { 'x-request-id': 'mine-1' } });
    await response.body.dump();
    expect(response.headers['x-request-id']).toBe('mine-1');
    expect((await server.call('GET', '/v1/sessions/unknown')).headers['x-request-id']).toMatch(/^req_/);
  });
});
