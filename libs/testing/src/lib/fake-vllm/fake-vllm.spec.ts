import type { VllmCompletionChunk } from '@interleave/contracts';
import { readJsonEvents, readServerSentEvents } from '../http/server-sent-events';
import { waitUntil } from '../waiting/wait-until';
import type { FakeReply } from './fake-reply';
import { continuing, replyByPromptEnd } from './fake-script';
import { FakeVllm } from './fake-vllm';
import type { FakeVllmOptions } from './fake-vllm';

describe('fake vLLM', () => {
  let fake: FakeVllm;

  async function start(options: Partial<FakeVllmOptions> = {}): Promise<void> {
    fake = await FakeVllm.start({ script: ['Hello.'], ...options });
  }
  afterEach(() => fake.stop());

  function post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    return fetch(`${fake.url}${path}`, { method: 'POST', body: JSON.stringify(body), ...init });
  }

  async function chunks(body: Record<string, unknown>, init?: RequestInit): Promise<VllmCompletionChunk[]> {
    const collected: VllmCompletionChunk[] = [];
    for await (const chunk of readJsonEvents<VllmCompletionChunk>(await post('/v1/completions', { stream: true, ...body }, init))) {
      collected.push(chunk);
    }
    return collected;
  }

  const idsOf = (list: VllmCompletionChunk[]) => list.flatMap(({ choices }) => choices[0]?.token_ids ?? []);
  const textOf = (list: VllmCompletionChunk[]) => list.map(({ choices }) => choices[0]?.text ?? '').join('');

  it('sleeps as vLLM does: what runs is aborted, what comes waits until it is awake', async () => {
    await start({ hasSleepMode: true, script: [{ text: 'word ', finish: 'endless' }, 'Awake.'], delayMsPerToken: 5 });
    const isSleeping = async (): Promise<unknown> => (await fetch(`${fake.url}/is_sleeping`)).json();
    const running = chunks({ prompt: 'a', max_tokens: 1_000 });
    await waitUntil(() => fake.running === 1);

    expect(await (await post('/sleep?level=2', {})).json()).toEqual({ status: 'sleeping', level: 2 });

    expect((await running).at(-1)?.choices[0]?.finish_reason).toBe('abort');
    expect(await isSleeping()).toEqual({ is_sleeping: true });
    const waiting = chunks({ prompt: 'b', max_tokens: 100 });
    await waitUntil(() => fake.sleepMode.waiting === 1);
    const metrics = await (await fetch(`${fake.url}/metrics`)).text();
    expect(metrics).toContain('vllm:engine_sleep_state{engine="0",sleep_state="discard_all"} 1.0');
    expect(metrics).toContain('vllm:num_requests_waiting{engine="0",model_name="demo"} 1');
    expect(await (await post('/wake_up?tags=weights', {})).json()).toMatchObject({ status: 'sleeping' });
    expect(fake.sleepMode.hasWeights).toBe(false);
    await post('/collective_rpc', { method: 'reload_weights' });
    expect(await (await post('/wake_up?tags=kv_cache', {})).json()).toMatchObject({ status: 'awake' });
    expect(textOf(await waiting)).toBe('Awake.');
    expect([await isSleeping(), fake.sleepMode.hasWeights]).toEqual([{ is_sleeping: false }, true]);
  });

  it('has no routes for sleep unless it was given a sleep mode', async () => {
    await start();

    expect((await fetch(`${fake.url}/is_sleeping`)).status).toBe(404);
    expect((await post('/sleep', {})).status).toBe(404);
  });

  it('streams ids and text token by token, the prompt ids in the first chunk, usage and [DONE] at the end', async () => {
    await start({ script: ['Let me 408'] });
    const prompt = fake.tokenizer.encode('What is 12 * 34?');
    const response = await post('/v1/completions', {
      prompt,
      stream: true,
      return_token_ids: true,
      max_tokens: 100,
      stream_options: { include_usage: true },
    });
    const events: string[] = [];
    for await (const { data } of readServerSentEvents(response)) events.push(data);
    expect(events.at(-1)).toBe('[DONE]');
    const list = events.slice(0, -1).map((data) => JSON.parse(data) as VllmCompletionChunk);
    expect(textOf(list)).toBe('Let me 408');
    expect(idsOf(list)).toEqual([...fake.tokenizer.encode('Let me 408'), fake.tokenizer.eosId]);
    expect(list.map(({ choices }) => choices[0]?.prompt_token_ids ?? null).filter(Boolean)).toEqual([prompt]);
    expect(list[0]?.choices[0]?.prompt_token_ids).toEqual(prompt);
    expect(list.at(-2)?.choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: null });
    const completionTokens = idsOf(list).length;
    expect(list.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: prompt.length, completion_tokens: completionTokens } });
  });

  it('answers without streaming with one body, choices ordered prompt-major', async () => {
    await start({ script: ({ promptText, choiceIndex }) => `${promptText}${choiceIndex}` });
    const body = (await (await post('/v1/completions', { prompt: ['a', 'b'], n: 2 })).json()) as VllmCompletionChunk;
    expect(body.choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'a0'],
      [1, 'a1'],
      [2, 'b2'],
      [3, 'b3'],
    ]);
    expect(body.choices[0]).toMatchObject({ token_ids: null, prompt_token_ids: null, logprobs: null });
  });

  it('groups tokens into chunks where the reply says so', async () => {
    await start({ script: [{ text: 'abcde', tokensPerChunk: 2 }] });
    expect((await chunks({ prompt: 'x', return_token_ids: true })).map(({ choices }) => choices[0]?.text)).toEqual(['ab', 'cd', 'e']);
  });

  it('limits a completion to 16 tokens unless asked for more', async () => {
    await start({ script: [{ text: 'a', finish: 'endless' }] });
    const list = await chunks({ prompt: 'x', max_tokens: null });
    expect(textOf(list)).toBe('a'.repeat(16));
    expect(list.at(-1)?.choices[0]?.finish_reason).toBe('length');
  });

  it('gives logprobs for every id, the same ones for the same ids', async () => {
    await start({ script: ['ab', 'ab'] });
    const logprobs = async () =>
      (await chunks({ prompt: 'x', logprobs: 1 })).flatMap(({ choices }) => choices[0]?.logprobs?.token_logprobs);
    const first = await logprobs();
    expect(first).toHaveLength(3);
    expect(await logprobs()).toEqual(first);
  });

  it('refuses a context that is too full, with the sentence and code of vLLM', async () => {
    await start({ maxModelLen: 32 });
    const tooLong = await post('/v1/completions', { prompt: 'x'.repeat(40) });
    expect(tooLong.status).toBe(400);
    expect(await tooLong.json()).toMatchObject({
      error: {
        code: 400,
        type: 'BadRequestError',
        message: expect.stringContaining('maximum context length is 32 tokens. However, your request has 40'),
      },
    });
    const tooMuch = await post('/v1/completions', { prompt: 'x'.repeat(20), max_tokens: 13 });
    expect(((await tooMuch.json()) as { error: { message: string } }).error.message).toContain(
      '13 output tokens and your prompt contains 20',
    );
    expect((await post('/v1/completions', { prompt: 'x'.repeat(20), max_tokens: 12 })).status).toBe(200);
  });

  it('tokenises texts and messages, and spells control tokens out when detokenising', async () => {
    await start({ addsBegin: true });
    const text = (await (await post('/tokenize', { prompt: 'hi', return_token_strs: true })).json()) as {
      tokens: number[];
      token_strs: string[];
    };
    expect(text).toMatchObject({ count: 3, max_model_len: 2048, token_strs: ['<|begin|>', 'h', 'i'] });
    const bare = (await (await post('/tokenize', { prompt: 'hi', add_special_tokens: false })).json()) as { count: number };
    expect(bare.count).toBe(2);
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'tool', content: [{ type: 'text', text: '408' }] },
    ];
    const chat = (await (await post('/tokenize', { messages })).json()) as { tokens: number[] };
    const { prompt } = (await (await post('/detokenize', { tokens: chat.tokens })).json()) as { prompt: string };
    expect(prompt).toBe('<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>tool\n408<|im_end|>\n<|im_start|>assistant\n');
    const open = (await (await post('/tokenize', { messages, add_generation_prompt: false, continue_final_message: true })).json()) as {
      tokens: number[];
    };
    expect(fake.tokenizer.decode(open.tokens)).toMatch(/tool\n408$/);
  });

  it('chats: role first, then content, then the end', async () => {
    await start({ script: ['Hi', 'Hi'] });
    const messages = [{ role: 'user', content: 'hello' }];
    const deltas: unknown[] = [];
    for await (const chunk of readJsonEvents<{ choices: { delta: unknown }[] }>(
      await post('/v1/chat/completions', { messages, stream: true }),
    )) {
      deltas.push(chunk.choices[0]?.delta);
    }
    expect(deltas).toEqual([{ role: 'assistant', content: 'H' }, { content: 'i' }, { content: '' }]);
    const whole = await (await post('/v1/chat/completions', { messages })).json();
    expect(whole).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    });
  });

  it('says what it serves, that it lives, and how loaded it is', async () => {
    await start({ servedNames: ['demo', 'alias'], maxModelLen: 512 });
    const models = await (await fetch(`${fake.url}/v1/models`)).json();
    expect(models).toMatchObject({
      data: [
        { id: 'demo', max_model_len: 512, owned_by: 'vllm' },
        { id: 'alias', root: 'demo' },
      ],
    });
    const health = await fetch(`${fake.url}/health`);
    expect([health.status, await health.text()]).toEqual([200, '']);
    expect(await (await fetch(`${fake.url}/version`)).json()).toEqual({ version: '0.32.0' });
    fake.claimedLoad = { waiting: 3 };
    expect(await (await fetch(`${fake.url}/metrics`)).text()).toContain('vllm:num_requests_waiting{engine="0",model_name="demo"} 3');
    fake.isHealthy = false;
    expect((await fetch(`${fake.url}/health`)).status).toBe(503);
  });

  it('asks for its key under /v1 only', async () => {
    await start({ apiKey: 'secret' });
    const refused = await post('/v1/completions', { prompt: 'x' });
    expect([refused.status, await refused.json()]).toEqual([401, { error: 'Unauthorized' }]);
    expect((await post('/v1/completions', { prompt: 'x' }, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    expect((await post('/tokenize', { prompt: 'x' })).status).toBe(200);
  });

  it.each([
    ['an unknown model', { model: 'other', prompt: 'x' }, 404],
    ['no prompt', {}, 400],
    ['an empty list', { prompt: [] }, 400],
    ['an id that no token has', { prompt: [123_456] }, 400],
    ['stream options without a stream', { prompt: 'x', stream_options: { include_usage: true } }, 400],
  ])('refuses %s', async (_what, body, status) => {
    await start();
    expect((await post('/v1/completions', body)).status).toBe(status);
    expect(fake.completions[0]?.outcome).toBe('failed');
  });

  it('fails loudly when the script has run out', async () => {
    await start({ script: [] });
    const response = await post('/v1/completions', { prompt: 'What?' });
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('no reply left');
  });

  it('chooses replies by how the prompt ends', async () => {
    await start({
      script: replyByPromptEnd([
        { end: /\?$/, reply: 'asked' },
        { end: '.', reply: 'told' },
      ]),
    });
    expect(textOf(await chunks({ prompt: 'Is it?' }))).toBe('asked');
    expect(textOf(await chunks({ prompt: 'It is.' }))).toBe('told');
  });

  it('continues what another worker began', async () => {
    await start({ script: continuing(['Let me compute that.']) });
    expect(textOf(await chunks({ prompt: 'assistant\nLet me com' }))).toBe('pute that.');
  });

  it('remembers every request, the ids it sent and clients that went away', async () => {
    await start({ script: [{ text: 'a', finish: 'endless', delayMsPerToken: 1 }] });
    const controller = new AbortController();
    const response = await post(
      '/v1/completions',
      { prompt: 'x', max_tokens: 1000, stream: true, top_k: 5 },
      { signal: controller.signal },
    );
    const events = readServerSentEvents(response);
    await events.next();
    expect(fake.running).toBe(1);
    controller.abort();
    await waitUntil(() => fake.disconnects === 1);
    expect(fake.running).toBe(0);
    const [call] = fake.completions;
    expect(call).toMatchObject({ outcome: 'disconnected', body: { top_k: 5 } });
    expect(call?.choices[0]?.promptIds).toEqual(fake.tokenizer.encode('x'));
    expect(call?.choices[0]?.sentIds.length).toBeGreaterThan(0);
  });

  describe('faults', () => {
    const withFault = (fault: FakeReply['fault']) => start({ script: [{ text: 'abcdef', fault }, 'Hello.'] });

    it('answers an error before any headers', async () => {
      await withFault({ kind: 'status', status: 500 });
      const response = await post('/v1/completions', { prompt: 'x', stream: true });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ error: { type: 'InternalServerError', code: 500 } });
    });

    it('hangs up before any headers', async () => {
      await withFault({ kind: 'hang-up' });
      await expect(post('/v1/completions', { prompt: 'x', stream: true })).rejects.toThrow();
    });

    it('cuts the connection after exactly so many tokens', async () => {
      await withFault({ kind: 'cut', afterTokens: 3 });
      const seen: string[] = [];
      const reading = async () => {
        for await (const { data } of readServerSentEvents(await post('/v1/completions', { prompt: 'x', stream: true }))) {
          seen.push((JSON.parse(data) as VllmCompletionChunk).choices[0]?.text ?? '');
        }
      };
      await expect(reading()).rejects.toThrow();
      expect(seen.join('')).toBe('abc');
      expect(fake.completions[0]?.outcome).toBe('failed');
    });

    it('gives up with finish_reason abort', async () => {
      await withFault({ kind: 'abort', afterTokens: 2 });
      const list = await chunks({ prompt: 'x', return_token_ids: true });
      expect(textOf(list)).toBe('ab');
      expect(list.at(-1)?.choices[0]).toMatchObject({ finish_reason: 'abort', token_ids: [] });
    });

    it('sends an error frame, then [DONE]', async () => {
      await withFault({ kind: 'error-frame', afterTokens: 1 });
      const list = await chunks({ prompt: 'x' });
      expect(list.at(-1)?.error).toMatchObject({ code: 500 });
    });

    it('sends a frame that is no JSON', async () => {
      await withFault({ kind: 'malformed-frame', afterTokens: 1 });
      await expect(chunks({ prompt: 'x' })).rejects.toThrow(SyntaxError);
    });

    it('falls silent until the client goes away', async () => {
      await withFault({ kind: 'stall', afterTokens: 2 });
      const controller = new AbortController();
      const response = await post('/v1/completions', { prompt: 'x', stream: true }, { signal: controller.signal });
      const events = readServerSentEvents(response);
      await events.next();
      await events.next();
      controller.abort();
      await waitUntil(() => fake.disconnects === 1);
      expect(fake.completions[0]?.choices[0]?.sentText).toBe('ab');
    });

    it('takes its time for the first byte', async () => {
      await withFault({ kind: 'slow-first-byte', delayMs: 30 });
      const startMs = performance.now();
      expect((await post('/v1/completions', { prompt: 'x', stream: true })).status).toBe(200);
      expect(performance.now() - startMs).toBeGreaterThan(25);
    });

    it('is gone for a while, and back on the same port', async () => {
      await withFault({ kind: 'refuse', forMs: 100 });
      await expect(post('/v1/completions', { prompt: 'x', stream: true })).rejects.toThrow();
      await expect(fetch(`${fake.url}/health`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
      await waitUntil(
        () =>
          fetch(`${fake.url}/health`).then(
            ({ ok }) => ok,
            () => false,
          ),
        3000,
      );
    });

    it.each(['cut-after-end', 'stall-after-end'] as const)('says all but the end of the stream: %s', async (kind) => {
      await withFault({ kind });
      const controller = new AbortController();
      const events = readServerSentEvents(await post('/v1/completions', { prompt: 'x', stream: true }, { signal: controller.signal }));
      let last: unknown;
      do last = JSON.parse(((await events.next()).value as { data: string }).data);
      while (!(last as VllmCompletionChunk).choices[0]?.finish_reason);
      const end = events.next();
      if (kind === 'stall-after-end') controller.abort();
      await expect(end).rejects.toThrow();
    });

    it('sends a frame without end, and one that is no part of a completion', async () => {
      await withFault({ kind: 'huge-frame', afterTokens: 1, bytes: 1_000_000 });
      expect((await (await post('/v1/completions', { prompt: 'x', stream: true })).text()).length).toBeGreaterThan(1_000_000);
      fake.play([{ text: 'ab', fault: { kind: 'wrong-json', afterTokens: 1 } }]);
      expect((await chunks({ prompt: 'x' })).at(-1)).toEqual({ choices: [{ index: 0, text: 7 }] });
    });

    it('refuses connections and comes back on the same port', async () => {
      await start();
      const { url } = fake;
      await fake.refuseConnections();
      await expect(fetch(`${url}/health`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
      await fake.acceptConnections();
      expect((await fetch(`${url}/health`)).status).toBe(200);
    });
  });
});
