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
    gateway.worker.play([PYTHON, `Now the weather.\n${WEATHER}`]);
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
    gateway.worker.play([`Let me look. ${WEATHER}`]);

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
    ['a choice that hermes has no word for', { tools: TOOLS, tool_choice: 'required', ...hermes }, 'tool_choice'],
    ['a session that nobody issued', { interleave: { session_id: 'sess_AAAA' } }, 'interleave.session_id'],
  ])('are refused by name: %s', async (_what, body, param) => {
    const response = await gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION, ...body });

    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
  });
});
