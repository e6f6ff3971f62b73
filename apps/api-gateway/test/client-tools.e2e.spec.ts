import type OpenAI from 'openai';
import { ANSWER, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

const TOOLS: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } },
];
const hermes = { interleave: { dialect: 'hermes' } };
const call = (name: string, values: object) => `<tool_call>\n${JSON.stringify({ name, arguments: values })}\n</tool_call>`;
const PYTHON = call('python', { code: 'x = 1' });
const WEATHER = call('weather', { city: 'Rome' });

describe('functions of the client beside Python', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ tools: { script: () => '1\n' } });
  });
  afterAll(() => gateway.stop());

  const sessionOf = (completion: OpenAI.ChatCompletion): string =>
    (completion.choices[0] as unknown as { interleave: { session_id: string } }).interleave.session_id;

  async function askForWeather(): Promise<OpenAI.ChatCompletion> {
    // After the call nothing follows.
    gateway.worker.play([PYTHON, `Now the weather.\n${WEATHER}`, '']);
    return gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, tools: TOOLS, ...hermes });
  }

  it("end the answer with OpenAI's tool_calls, and the code that the server ran is not among them", async () => {
    const completion = await askForWeather();
    const [choice] = completion.choices;

    expect(choice).toMatchObject({ finish_reason: 'tool_calls', interleave: { stop_cause: 'client_tool', tool_calls: 1 } });
    expect(choice?.message.tool_calls).toEqual([
      { id: expect.stringMatching(/^call_/), type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
    ]);
    expect(choice?.message.content).toBe(`${PYTHON}\n<tool_response>\n1\n</tool_response>\nNow the weather.\n`);
  });

  it('keep the sandbox for the follow-up, for the same key only', async () => {
    const completion = await askForWeather();
    const sessionId = sessionOf(completion);
    const { sessionId: sandbox } = gateway.tools.executions.at(-1) ?? {};
    const followUp = (apiKey: string, n = 1) =>
      gateway.client(apiKey).chat.completions.create({
        model: 'demo',
        messages: [
          ...QUESTION,
          completion.choices[0]?.message as OpenAI.ChatCompletionMessage,
          { role: 'tool', tool_call_id: completion.choices[0]?.message.tool_calls?.[0]?.id ?? '', content: 'sunny' },
        ],
        tools: TOOLS,
        n,
        ...{ interleave: { dialect: 'hermes', session_id: sessionId } },
      });

    expect(sessionId).toMatch(/^sess_/);
    expect(sessionId).not.toContain(sandbox);
    await expect(followUp('another key')).rejects.toMatchObject({ status: 400, param: 'interleave.session_id' });
    await expect(followUp('any', 2)).rejects.toMatchObject({ status: 400, param: 'interleave.session_id' });

    gateway.worker.play([call('python', { code: 'print(x)' }), ANSWER]);
    const done = await followUp('any');

    expect(done.choices[0]).toMatchObject({ finish_reason: 'stop' });
    expect(gateway.tools.executions.at(-1)).toMatchObject({ sessionId: sandbox, callNumber: 2, code: 'print(x)' });
  });

  it('are streamed as the SDKs expect them', async () => {
    gateway.worker.play([`Let me look. ${WEATHER}`, '']);

    const stream = gateway.client().chat.completions.stream({ model: 'demo', messages: QUESTION, tools: TOOLS, ...hermes });
    const message = await stream.finalMessage();

    expect(message.content).toBe('Let me look. ');
    expect(message.tool_calls).toMatchObject([{ function: { name: 'weather', arguments: '{"city":"Rome"}' } }]);
  });

  it('come from native workers too, several at once', async () => {
    const calls = ['Rome', 'Oslo'].map((city) => ({ name: 'weather', arguments: JSON.stringify({ city }) }));
    gateway.worker.play([{ toolCalls: calls }]);

    const completion = await gateway.client().chat.completions.create({
      model: 'demo',
      messages: QUESTION,
      tools: TOOLS,
      tool_choice: 'required',
      ...{ interleave: { dialect: 'native' } },
    });

    expect(completion.choices[0]?.message).toMatchObject({
      content: null,
      tool_calls: [{ function: { arguments: '{"city":"Rome"}' } }, { function: { arguments: '{"city":"Oslo"}' } }],
    });
    expect(gateway.worker.completions.at(-1)?.body).toMatchObject({
      tool_choice: 'required',
      tools: [{}, { function: { name: 'weather' } }],
    });
  });

  it('come several at once from hermes too, in one answer or streamed, or one at a time where the client wants that', async () => {
    const several = [`Both.\n${WEATHER}`, `\n${call('weather', { city: 'Oslo' })}`, ''];
    const request = { model: 'demo', messages: QUESTION, tools: TOOLS, ...hermes };
    const cities = (message: OpenAI.ChatCompletionMessage | undefined) =>
      (message?.tool_calls ?? []).map((one) => (one.type === 'function' ? one.function.arguments : ''));

    gateway.worker.play(several);
    const plain = await gateway.client().chat.completions.create(request);
    gateway.worker.play(several);
    const stream = gateway.client().chat.completions.stream(request);
    const places: number[] = [];
    stream.on('chunk', (chunk) => places.push(...(chunk.choices[0]?.delta.tool_calls ?? []).map(({ index }) => index)));
    const streamed = await stream.finalMessage();
    gateway.worker.play(several);
    const single = await gateway.client().chat.completions.create({ ...request, parallel_tool_calls: false });
    gateway.worker.play([]);

    expect(plain.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: 'Both.\n' } });
    expect(cities(plain.choices[0]?.message)).toEqual(['{"city":"Rome"}', '{"city":"Oslo"}']);
    expect([streamed.content, cities(streamed)]).toEqual(['Both.\n', cities(plain.choices[0]?.message)]);
    expect(places).toEqual([0, 0, 1, 1]);
    expect(cities(single.choices[0]?.message)).toEqual(['{"city":"Rome"}']);
  });

  it('wait for Python that is asked for beside them: it runs, and the follow-up reads its output and goes on in its session', async () => {
    const calls = [
      { name: 'weather', arguments: '{"city": "Rome"}' },
      { name: 'python', arguments: '{"code": "x = 1"}' },
    ];
    gateway.worker.play([{ text: 'Both.', toolCalls: calls }]);
    const request = { model: 'demo', messages: QUESTION, tools: TOOLS, ...{ interleave: { dialect: 'native' } } };
    const first = await gateway.client().chat.completions.create(request);
    const message = first.choices[0]?.message as OpenAI.ChatCompletionMessage;
    const { sessionId: sandbox } = gateway.tools.executions.at(-1) ?? {};

    expect(first.choices[0]).toMatchObject({ finish_reason: 'tool_calls', interleave: { tool_calls: 1 } });
    expect(message.tool_calls).toMatchObject([{ function: { name: 'weather', arguments: '{"city":"Rome"}' } }]);
    expect(message.content).toBe(
      'Both.\n<tool_call>\n{"name":"python","arguments":{"code": "x = 1"}}\n</tool_call>\n<tool_response>\n1\n</tool_response>\n',
    );

    gateway.worker.play([{ toolCalls: [{ name: 'python', arguments: '{"code": "print(x)"}' }] }, ANSWER]);
    await gateway.client().chat.completions.create({
      ...request,
      messages: [...QUESTION, message, { role: 'tool', tool_call_id: message.tool_calls?.[0]?.id ?? '', content: 'sunny' }],
      ...{ interleave: { dialect: 'native', session_id: sessionOf(first) } },
    });

    expect(gateway.tools.executions.at(-1)).toMatchObject({ sessionId: sandbox, callNumber: 2, code: 'print(x)' });
    expect(gateway.worker.completions.at(-2)?.body['messages']).toEqual([
      ...QUESTION,
      message,
      { role: 'tool', tool_call_id: message.tool_calls?.[0]?.id, content: 'sunny' },
    ]);
  });

  it('are begun for the model where a call is demanded', async () => {
    gateway.worker.play([' {"city": "Rome"}}\n</tool_call>', '']);
    const named = await gateway.client().chat.completions.create({
      model: 'demo',
      messages: QUESTION,
      tools: [...TOOLS, { type: 'function', function: { name: 'time' } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      ...hermes,
    });
    const begun = gateway.worker.completions.at(-2)?.choices[0]?.promptIds ?? [];
    gateway.worker.play(['weather", "arguments": {}}\n</tool_call>', '']);
    const required = await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, tools: TOOLS, tool_choice: 'required', ...hermes });

    expect(named.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Rome"}' } }] },
    });
    expect(gateway.worker.tokenizer.decode(begun).endsWith('<tool_call>\n{"name": "weather", "arguments":')).toBe(true);
    expect(required.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'weather', arguments: '{}' } }]);
  });

  it('that are demanded and not called: the answer ends as cut short, not as complete', async () => {
    gateway.worker.play(['never", heard of', ANSWER]);

    const completion = await gateway.client().chat.completions.create({
      model: 'demo',
      messages: QUESTION,
      tools: TOOLS,
      tool_choice: 'required',
      ...{ interleave: { dialect: 'hermes', max_turns: 1 } },
    });

    expect(completion.choices[0]).toMatchObject({ finish_reason: 'length', interleave: { stop_cause: 'max_turns' } });
  });

  it('are not told to the model with tool_choice none', async () => {
    gateway.worker.play([ANSWER]);

    await gateway.client().chat.completions.create({
      model: 'demo',
      messages: QUESTION,
      tools: TOOLS,
      tool_choice: 'none',
      ...{ interleave: { dialect: 'native' } },
    });

    expect(gateway.worker.completions.at(-1)?.body).toMatchObject({ tools: [{ function: { name: 'python' } }] });
  });

  it.each([
    ['another dialect', { tools: TOOLS }, 'tools'],
    ['no functions', { tools: [{ type: 'web_search' }], ...hermes }, 'tools[0].type'],
    ['the name python', { tools: [{ type: 'function', function: { name: 'python' } }], ...hermes }, 'tools[0].function.name'],
    ['one name twice', { tools: [...TOOLS, ...TOOLS], ...hermes }, 'tools[1].function.name'],
    [
      'a choice that is not among them',
      { tools: TOOLS, tool_choice: { type: 'function', function: { name: 'f' } }, ...hermes },
      'tool_choice',
    ],
    ['a choice that there is no word for', { tools: TOOLS, tool_choice: { type: 'allowed_tools' }, ...hermes }, 'tool_choice.type'],
    ['a session that nobody issued', { interleave: { session_id: 'sess_AAAA' } }, 'interleave.session_id'],
  ])('are refused by name: %s', async (_what, body, param) => {
    const response = await gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION, ...body });

    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
  });
});
