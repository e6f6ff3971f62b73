import { FakeTokenizer } from '@interleave/testing';
import type { FakeReply } from '@interleave/testing';
import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

const TRANSCRIPT = `${CALL}\n408\n\`\`\`\n${ANSWER}`;
const python = (code: string) => ({ name: 'python', arguments: JSON.stringify({ code }) });

interface Choice {
  readonly finish_reason: string;
  readonly text?: string;
  readonly message?: { readonly content: string | null; readonly tool_calls?: { readonly function: { readonly name: string } }[] };
  readonly interleave: { readonly stop_cause: string; readonly session_id?: string };
}

describe('workers that know no token ids', () => {
  let gateway: GatewayUnderTest;
  const ask = async (path: string, body: object): Promise<{ choices: Choice[]; usage: { completion_tokens: number }; error?: object }> =>
    (await (await gateway.post(path, { model: 'demo', ...body })).json()) as never;
  const sent = (from: number) => gateway.worker.completions.slice(from).map(({ path, body }) => ({ path, body }));

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ workers: [{ script: [], speaksTokenIds: false }], tools: { script: () => '408\n' } });
  });
  afterAll(() => gateway.stop());

  it('complete texts in rounds, each with the whole text of the round before', async () => {
    gateway.worker.play([`${CALL} and what must not be seen`, `${ANSWER}END`]);
    const before = gateway.worker.completions.length;

    const { choices } = await ask('/v1/completions', { prompt: 'Q: 12*34?\nA: ', max_tokens: 200, stop: 'END' });

    expect(choices[0]).toMatchObject({ text: TRANSCRIPT, finish_reason: 'stop', interleave: { stop_cause: 'user_stop' } });
    expect(sent(before).map(({ body }) => body['prompt'])).toEqual(['Q: 12*34?\nA: ', `Q: 12*34?\nA: ${CALL}\n408\n\`\`\`\n`]);
    // Which stop string was hit is found here, not guessed from what the worker says.
    expect(sent(before)[0]?.body).not.toHaveProperty('stop');
  });

  it.each([1, 1000])('go on where one of them was lost within the stop string, %i tokens in a frame', async (tokensPerChunk) => {
    // Six of the ten characters of the stop string are there.
    const cut = CALL.length - 4;
    const first = new FakeTokenizer().encode(CALL.slice(0, cut));
    const rest = new FakeTokenizer().encode(`${CALL.slice(cut)} and what must not be seen`);
    const lost: FakeReply = { tokenIds: [...first, ...rest], fault: { kind: 'cut', afterTokens: first.length } };
    gateway.worker.play([lost, { tokenIds: rest, tokensPerChunk }, ANSWER]);

    const { choices } = await ask('/v1/completions', { prompt: 'Q: 12*34?\nA: ', max_tokens: 200 });

    expect(choices[0]?.interleave).toMatchObject({ stop_cause: 'eos', tool_calls: 1 });
    expect(choices[0]?.text).toBe(TRANSCRIPT);
    expect(sent(-1)[0]?.body['prompt']).toBe(`Q: 12*34?\nA: ${CALL}\n408\n\`\`\`\n`);
  });

  it('chat with an observation as a turn of its own', async () => {
    gateway.worker.play([CALL, ANSWER]);
    const before = gateway.worker.completions.length;

    const { choices, usage } = await ask('/v1/chat/completions', { messages: QUESTION });

    expect(choices[0]?.message?.content).toBe(`${CALL}\n408\n\`\`\`\n${ANSWER}`);
    expect(sent(before).map(({ body }) => body['messages'])).toEqual([
      QUESTION,
      [...QUESTION, { role: 'assistant', content: CALL }, { role: 'user', content: '408\n```' }],
    ]);
    expect(usage.completion_tokens).toBeGreaterThan(10);
  });

  it('bound the answer by tokens as the worker counts them', async () => {
    gateway.worker.play([{ text: 'word ', finish: 'endless' }]);

    const { choices, usage } = await ask('/v1/chat/completions', { messages: QUESTION, max_tokens: 20 });

    expect(choices[0]).toMatchObject({ finish_reason: 'length', interleave: { stop_cause: 'max_tokens' } });
    expect(usage.completion_tokens).toBe(20);
  });

  it('end with what they have when the worker says that the context is full', async () => {
    gateway.worker.play([CALL, { fault: { kind: 'status', status: 400, message: "This model's maximum context length is 8 tokens." } }]);

    expect((await ask('/v1/chat/completions', { messages: QUESTION })).choices[0]).toMatchObject({
      finish_reason: 'length',
      interleave: { stop_cause: 'context', tool_calls: 1 },
    });
  });

  it.each([
    ['token ids', '/v1/chat/completions', { messages: QUESTION, interleave: { token_ids: true } }, 'interleave.token_ids'],
    ['logprobs', '/v1/chat/completions', { messages: QUESTION, logprobs: true }, 'logprobs'],
    ['a prompt in ids', '/v1/completions', { prompt: [1, 2] }, 'prompt'],
    ['a text for the dialect native', '/v1/completions', { prompt: 'x', interleave: { dialect: 'native' } }, 'interleave.dialect'],
  ])('refuse %s by name', async (_what, path, body, param) => {
    expect((await ask(path, body)).error).toMatchObject({ code: 'invalid_request', param });
  });
});

describe('the dialect native', () => {
  let gateway: GatewayUnderTest;
  const native = { interleave: { dialect: 'native' } };

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ tools: { script: () => '408\n' } });
  });
  afterAll(() => gateway.stop());

  it("runs the worker's own tool calls and answers them as tools do", async () => {
    gateway.worker.play([{ text: 'Let me see.', toolCalls: [python('print(12*34)')] }, ANSWER]);

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, ...native });

    expect(gateway.tools.executions.at(-1)?.code).toBe('print(12*34)');
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', interleave: { stop_cause: 'eos', tool_calls: 1 } });
    expect(completion.choices[0]?.message.content).toBe(
      `Let me see.\n<tool_call>\n{"name":"python","arguments":{"code":"print(12*34)"}}\n</tool_call>\n408\n${ANSWER}`,
    );
    const { body } = gateway.worker.completions.at(-1) ?? {};
    expect(body?.['tools']).toMatchObject([{ function: { name: 'python' } }]);
    expect(body?.['messages']).toEqual([
      ...QUESTION,
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [{ id: 'chatcmpl-tool-0', type: 'function', function: python('print(12*34)') }],
      },
      { role: 'tool', tool_call_id: 'chatcmpl-tool-0', content: '408' },
    ]);
  });

  it('runs several calls of one answer one after another, and answers each', async () => {
    gateway.worker.play([
      { toolCalls: [python('a = 1'), { name: 'python', arguments: '{"code": ' }, python('print("</tool_call>")')] },
      ANSWER,
    ]);
    const before = gateway.tools.executions.length;

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, ...native });

    expect(gateway.tools.executions.slice(before).map(({ code }) => code)).toEqual(['a = 1', 'print("</tool_call>")']);
    expect(completion.choices[0]).toMatchObject({
      interleave: {
        tool_calls: 2,
        turns: [{ turn: 1, status: 'ok' }, { turn: 1, status: 'invalid_action' }, { turn: 1, status: 'ok' }, { turn: 2 }],
      },
    });
    expect(gateway.worker.completions.at(-1)?.body['messages']).toEqual([
      ...QUESTION,
      expect.objectContaining({ role: 'assistant' }),
      { role: 'tool', tool_call_id: 'chatcmpl-tool-0', content: '408' },
      { role: 'tool', tool_call_id: 'chatcmpl-tool-1', content: expect.stringContaining('not valid') },
      { role: 'tool', tool_call_id: 'chatcmpl-tool-2', content: '408' },
    ]);
  });

  it('counts each call, and says which ones were too many', async () => {
    gateway.worker.play([{ toolCalls: ['1', '2', '3'].map(python) }, ANSWER]);
    const before = gateway.tools.executions.length;

    const completion = await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, ...{ interleave: { dialect: 'native', max_turns: 2 } } });

    expect(gateway.tools.executions.slice(before).map(({ code }) => code)).toEqual(['1', '2']);
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', interleave: { stop_cause: 'eos', tool_calls: 2 } });
    expect(gateway.worker.completions.at(-1)?.body['messages']).toMatchObject([
      {},
      {},
      {},
      {},
      { content: expect.stringContaining('not run') },
    ]);
  });

  it('shows what the token limit left of a call', async () => {
    gateway.worker.play([{ text: 'So:', toolCalls: [{ name: 'python', arguments: '{"code": "pri' }], finish: 'length' }]);

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, ...native });

    expect(completion.choices[0]).toMatchObject({ finish_reason: 'length', interleave: { tool_calls: 0 } });
    expect(completion.choices[0]?.message.content).toBe('So:\n<tool_call>\n{"name":"python","arguments":{"code": "pri');
  });

  it('tells the model when there is nothing to run in its call', async () => {
    gateway.worker.play([{ toolCalls: [{ name: 'python', arguments: '{"code": ' }] }, ANSWER]);

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, ...native });

    expect(completion.choices[0]?.message.content).toContain('Your action is not valid');
    expect(gateway.worker.completions.at(-1)?.body['messages']).toMatchObject([
      {},
      {},
      { role: 'tool', content: expect.stringContaining('not valid') },
    ]);
  });
});

describe('a vLLM that tokenises but gives no ids back', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ workers: [{ script: [], version: '0.10.1.1' }], tools: { script: () => '408\n' } });
  });
  afterAll(() => gateway.stop());

  it('is spoken to in text', async () => {
    gateway.worker.play([CALL, ANSWER]);

    const answer = await gateway.post('/v1/completions', { model: 'demo', prompt: 'Q: 12*34?\nA: ', max_tokens: 200 });

    expect(await answer.json()).toMatchObject({ choices: [{ text: TRANSCRIPT, finish_reason: 'stop' }] });
    expect(gateway.worker.completions.map(({ body }) => typeof body['prompt'])).toEqual(['string', 'string']);
  });

  it('is no worker for those who need ids', async () => {
    const answer = await gateway.post('/v1/completions', { model: 'demo', prompt: 'Q', interleave: { token_ids: true } });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: 'interleave.token_ids' } });
  });
});
