import { waitUntil } from '@interleave/testing';
import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

interface StreamedEvent {
  readonly event?: string;
  readonly stream?: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

async function streamOf(gateway: GatewayUnderTest, interleave: object = {}): Promise<{ text: string; events: StreamedEvent[] }> {
  const stream = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, stream: true, ...{ interleave } });
  const events: StreamedEvent[] = [];
  let text = '';
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    const event = Reflect.get(chunk.choices[0] ?? {}, 'interleave') as StreamedEvent | undefined;
    if (event?.event) events.push(event);
  }
  return { text, events };
}

describe('early start of tool calls', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start();
  });
  afterAll(() => gateway.stop());

  it('runs the code before the model has ended its round', async () => {
    let release: () => void = () => undefined;
    const ran = new Promise<void>((resolve) => (release = resolve));
    gateway.tools.play(() => {
      release();
      return '408\n';
    });
    // The round never ends: only an early start can run the code.
    const { worker } = gateway;
    worker.play([{ text: CALL, fault: { kind: 'stall', afterTokens: worker.tokenizer.encode(CALL).length - 1 } }]);
    const answer = gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION, interleave: { trajectory_timeout: 2 } });
    await ran;
    expect(await (await answer).json()).toMatchObject({ choices: [{ interleave: { stop_cause: 'trajectory_timeout', tool_calls: 0 } }] });
    await waitUntil(() => gateway.tools.activeSessions === 0);
  });

  it('runs nothing before the model asks for it where that is turned off', async () => {
    gateway.tools.play(() => '408\n');
    const before = gateway.tools.executions.length;
    gateway.worker.play(['```python\nprint(1)\n```\nThat is how it goes.']);

    await gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION, interleave: { early_execution: false } });

    expect(gateway.tools.executions).toHaveLength(before);
  });

  it('throws a session away in which a call ran that was not asked for, and gives the next call a fresh one', async () => {
    gateway.tools.play(({ code }) => `${code.length}\n`);
    const before = gateway.tools.executions.length;
    const block = '```python\nx = 1\n```\n';
    gateway.worker.play([`${block}and\n\`\`\`python\nprint(x)\n\`\`\`\n\`\`\`output`, ANSWER]);

    const { events } = await streamOf(gateway);

    const [first, second] = gateway.tools.executions.slice(before);
    expect([first?.code, second?.code]).toEqual(['x = 1', 'x = 1\nprint(x)']);
    expect(second?.sessionId).not.toBe(first?.sessionId);
    expect(events.map(({ event }) => event)).toEqual(['tool-start', 'tool-output', 'tool-end']);
    await waitUntil(() => gateway.tools.activeSessions === 0);
  });

  it('shows the client what a program writes while it runs', async () => {
    gateway.tools.play([
      {
        written: [
          { stream: 'stdout', text: 'tick\n', pauseMs: 50 },
          { stream: 'stderr', text: 'hm\n', pauseMs: 50 },
          { stream: 'stdout', text: 'tock\n' },
        ],
        output: 'tick\nhm\ntock\n',
      },
    ]);
    gateway.worker.play([CALL, ANSWER]);

    const { text, events } = await streamOf(gateway);

    expect(text).toBe(`${CALL}\ntick\nhm\ntock\n\`\`\`\n${ANSWER}`);
    expect(events.map(({ event, stream, text: written }) => [event, stream, written])).toEqual([
      ['tool-start', undefined, undefined],
      ['tool-output', 'stdout', 'tick\n'],
      ['tool-output', 'stderr', 'hm\n'],
      ['tool-output', 'stdout', 'tock\n'],
      ['tool-end', undefined, undefined],
    ]);
  });
});

describe('early start in a session that holds something', () => {
  const call = (code: string) => `\`\`\`python\n${code}\n\`\`\`\n\`\`\`output`;
  const ask = async (gateway: GatewayUnderTest) =>
    (await (await gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION })).json()) as {
      choices: { interleave: { turns: { code: string | null; output: string | null; state: string | null }[] } }[];
    };

  it.each([
    ['is used', [call('x = 1'), call('print(x)'), ANSWER], ['finished', 'finished']],
    [
      'is taken back by the tool server when it was not asked for',
      [call('x = 1'), `\`\`\`python\nx = 2\n\`\`\`\nand\n${call('print(x)')}`, ANSWER],
      ['finished', 'revoked', 'finished'],
    ],
  ])('%s', async (_what, rounds, outcomes) => {
    const gateway = await GatewayUnderTest.start({
      workers: [{ script: rounds }],
      tools: { script: ({ code }) => `${code.length}\n`, canRevoke: true },
    });
    try {
      const { choices } = await ask(gateway);
      const { executions } = gateway.tools;
      expect(executions.map(({ outcome }) => outcome)).toEqual(outcomes);
      expect(new Set(executions.map(({ sessionId }) => sessionId)).size).toBe(1);
      expect(executions.at(-1)?.callNumber).toBe(2);
      expect(choices[0]?.interleave.turns[1]).toMatchObject({ state: 'kept' });
    } finally {
      await gateway.stop();
    }
  });

  it('is not tried again where the tool server can take nothing back, and every call runs once', async () => {
    const rounds = [call('a = 1'), call('b = 2'), call('c = 3'), ANSWER];
    const gateway = await GatewayUnderTest.start({ workers: [{ script: rounds }], tools: { script: () => '' } });
    try {
      await ask(gateway);
      expect(gateway.tools.executions.map(({ code, outcome }) => [code, outcome])).toEqual([
        ['a = 1', 'finished'],
        ['b = 2', 'finished'],
        ['c = 3', 'finished'],
      ]);
    } finally {
      await gateway.stop();
    }
  });
});
