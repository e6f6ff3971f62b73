import { createHash } from 'node:crypto';
import { PinoLogger } from 'nestjs-pino';
import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

const chat = (fields: Record<string, unknown>) => ({ model: 'demo', messages: QUESTION, ...fields });

describe('errors', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ environment: { BODY_LIMIT_MIB: '1' } });
  });
  afterAll(() => gateway.stop());

  it.each([
    ['an unknown model', chat({ model: 'nope' }), 404, 'model_not_found', 'model'],
    ['broken JSON', '{"model": "demo", ', 400, 'invalid_request', null],
    ['a body that is no object', [1], 400, 'invalid_request', null],
    ['no messages', { model: 'demo' }, 400, 'invalid_request', 'messages'],
    ['messages of a wrong type', chat({ messages: ['hi'] }), 400, 'invalid_request', 'messages[0]'],
    ['a wrong type of n', chat({ n: 'two' }), 400, 'invalid_request', 'n'],
    ['too many answers', chat({ n: 1000 }), 400, 'invalid_request', 'n'],
    ['a wrong type of stop', chat({ stop: [1] }), 400, 'invalid_request', 'stop[0]'],
    ['function tools', chat({ tools: [{ type: 'function', function: { name: 'f' } }] }), 400, 'invalid_request', 'tools'],
    ['an unknown option of ours', chat({ interleave: { max_turn: 3 } }), 400, 'invalid_request', 'interleave.max_turn'],
    ['stream_options without stream', chat({ stream_options: { include_usage: true } }), 400, 'invalid_request', 'stream_options'],
    [
      'a prompt beyond the context',
      chat({ messages: [{ role: 'user', content: 'word '.repeat(3000) }] }),
      400,
      'context_length_exceeded',
      'messages',
    ],
    ['a body beyond the limit', chat({ messages: [{ role: 'user', content: 'x'.repeat(2_000_000) }] }), 413, 'payload_too_large', null],
  ])('answer %s with its status and code', async (_name, body, status, code, param) => {
    const response = await gateway.post('/v1/chat/completions', body);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: { message: expect.stringMatching(/\S/), type: 'invalid_request_error', param, code } });
  });

  it('answer deeply nested JSON with 400', async () => {
    const response = await gateway.post('/v1/chat/completions', `{"model":"demo","messages":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);

    expect(response.status).toBe(400);
  });

  it('answer an unknown route in the same envelope', async () => {
    const response = await gateway.post('/v1/nothing', {});

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found', message: 'Unknown request URL: POST /v1/nothing.' } });
  });

  it('treat null as not sent, as SDKs send it', async () => {
    gateway.worker.play([ANSWER]);

    const response = await gateway.post(
      '/v1/chat/completions',
      chat({ stop: null, n: null, max_tokens: null, stream: null, seed: null, interleave: null }),
    );

    expect(response.status).toBe(200);
  });

  it.each([
    ['names', { message: 'Too large.', param: 'min_p' }, 'min_p'],
    ['names with a place in it', { message: 'No such token.', param: 'logit_bias.7' }, 'logit_bias.7'],
    ['speaks of', { message: 'top_k and min_p must be in range: min_p is 7' }, 'top_k'],
    ['speaks of in Python', { message: "[{'loc': ('body', 'min_p'), 'msg': 'Input should be a valid number'}]" }, 'min_p'],
    ['names as the gateway sent it', { message: 'Token id 9 is out of vocabulary', param: 'prompt' }, 'messages'],
    ['names though it is none of the client', { message: 'Not supported.', param: 'return_token_ids' }, null],
    ['only hints at', { message: 'xmin_p is no parameter' }, null],
    ['says is too long', { message: "This model's maximum context length is 8 tokens.", param: 'input_tokens' }, 'messages'],
  ])("pass on what the worker refuses as the client's mistake, with the field that it %s", async (_how, refusal, param) => {
    for (const stream of [false, true]) {
      gateway.worker.play([{ text: 'x', fault: { kind: 'status', status: 400, ...refusal } }]);

      const response = await gateway.post('/v1/chat/completions', chat({ min_p: 7, top_k: -3, logit_bias: { 7: 1 }, stream }));

      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { message: refusal.message, type: 'invalid_request_error', param } });
    }
  });

  it('end a code block that never closes at the token limit, without running it', async () => {
    gateway.worker.play([{ text: '```python\nwhile True: pass\n', finish: 'endless' }]);

    const response = await gateway.post('/v1/chat/completions', chat({ max_tokens: 40, interleave: { early_execution: false } }));

    expect(await response.json()).toMatchObject({
      choices: [{ finish_reason: 'length', interleave: { stop_cause: 'max_tokens', tool_calls: 0 } }],
    });
    expect(gateway.tools.executions).toEqual([]);
  });

  it('name the field also where the worker refuses in a later round', async () => {
    gateway.worker.play([CALL, { text: 'x', fault: { kind: 'status', status: 400, message: 'min_p is bad' } }]);

    const response = await gateway.post('/v1/chat/completions', chat({ min_p: 7, stream: true }));

    expect(await response.text()).toContain('"message":"min_p is bad","type":"invalid_request_error","param":"min_p"');
  });

  it('answer 503 when the tool server is gone, and tell clients not to repeat what has run', async () => {
    gateway.worker.play([CALL]);
    await gateway.tools.refuseConnections();
    try {
      const response = await gateway.post('/v1/chat/completions', chat({}));

      expect(response.status).toBe(503);
      expect(response.headers.get('x-should-retry')).toBe('false');
      expect(await response.json()).toMatchObject({ error: { code: 'sandbox_unavailable' } });
    } finally {
      await gateway.tools.acceptConnections();
    }
  });

  it('end a stream with an error event when trouble comes after the first byte', async () => {
    gateway.worker.play([CALL]);
    await gateway.tools.refuseConnections();
    try {
      const stream = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, stream: true });

      await expect(
        (async () => {
          for await (const chunk of stream) void chunk;
        })(),
      ).rejects.toThrow(/tool server/);
    } finally {
      await gateway.tools.acceptConnections();
    }
  });

  // The last one: requests that were on their way to the worker may still arrive.
  it("end a request with more answers than places at the first one's failure", async () => {
    gateway.worker.play([
      { text: 'x', fault: { kind: 'status', status: 400, message: 'no' } },
      ...Array.from({ length: 600 }, () => ANSWER),
    ]);

    const response = await gateway.post('/v1/completions', { model: 'demo', prompt: Array.from({ length: 5 }, () => 'x'), n: 100 });

    expect(response.status).toBe(400);
  });
});

/** Of `key-three`. */
const HASH = createHash('sha256').update('key-three').digest('hex');

describe('API keys', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({
      environment: { API_KEYS: `key-one,bob:key-two,carol:sha256:${HASH}`, MAX_TRAJECTORIES_PER_KEY: '2' },
    });
  });
  afterAll(() => gateway.stop());

  it('let a client with any configured key in', async () => {
    gateway.worker.play([ANSWER]);

    await expect(gateway.client('key-two').chat.completions.create({ model: 'demo', messages: QUESTION })).resolves.toBeDefined();
  });

  it('let a client in whose key the gateway knows the hash of', async () => {
    gateway.worker.play([ANSWER]);

    await expect(gateway.client('key-three').chat.completions.create({ model: 'demo', messages: QUESTION })).resolves.toBeDefined();
  });

  it('are named in the log, and never shown there', async () => {
    const logged = jest.spyOn(PinoLogger.prototype, 'info').mockImplementation();
    gateway.worker.play(() => ANSWER);
    for (const key of ['key-one', 'key-two', 'key-three'])
      await gateway.client(key).chat.completions.create({ model: 'demo', messages: QUESTION });
    const entries = logged.mock.calls.map(([entry]) => entry as unknown as Record<string, unknown>);
    logged.mockRestore();

    expect(entries.filter(({ event }) => event === 'request').map(({ client }) => client)).toEqual(['key-1', 'bob', 'carol']);
    expect(JSON.stringify(entries)).not.toMatch(/key-one|key-two|key-three/);
  });

  it('tell a client with too much running to come back, and nobody else', async () => {
    gateway.worker.play(() => ({ text: 'word ', finish: 'endless', delayMsPerToken: 20 }));
    const running = await gateway.client('key-two').chat.completions.create({ model: 'demo', messages: QUESTION, n: 2, stream: true });

    const refused = await gateway.post('/v1/chat/completions', chat({}), { headers: { authorization: 'Bearer key-two' } });
    const other = await gateway.client('key-one').chat.completions.create({ model: 'demo', messages: QUESTION, max_tokens: 1 });
    running.controller.abort();

    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ error: { code: 'busy', type: 'rate_limit_error', param: null } });
    expect(other.choices).toHaveLength(1);
  });

  it.each(['wrong', 'key-on', 'key-one-more', 'bob:key-two', HASH])('keep out a client with %j', async (key) => {
    await expect(gateway.client(key).chat.completions.create({ model: 'demo', messages: QUESTION })).rejects.toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    });
  });

  it('guard the list of models too, but not health', async () => {
    expect((await fetch(`${gateway.url}/v1/models`)).status).toBe(401);
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  });
});
