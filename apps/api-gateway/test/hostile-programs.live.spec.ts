import { describeWithDocker } from '@interleave/testing';
import { GatewayUnderTest, QUESTION } from './support/gateway-under-test';
import { startToolServer } from './support/real-tool-server';

const program = (code: string) => `\`\`\`python\n${code}\n\`\`\`\n\`\`\`output`;
const BEFORE = 'Variables are as they were before this call.';

describeWithDocker('a model that writes bad programs', () => {
  let toolServer: Awaited<ReturnType<typeof startToolServer>>;
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    toolServer = await startToolServer({});
    gateway = await GatewayUnderTest.start({ environment: { TOOL_SERVER_URL: toolServer.url, TOOL_TIMEOUT: '3' } });
  }, 300_000);
  afterAll(async () => {
    await gateway?.stop();
    await toolServer?.stop();
  }, 60_000);

  it.each([
    ['loops in Python', 'while True: pass', ['timed out after 3 seconds'], 'kept'],
    ['loops in C', 'sum(range(10**12))', ['timed out after 3 seconds', BEFORE], 'kept'],
    ['sleeps', 'import time; time.sleep(60)', ['timed out after 3 seconds'], 'kept'],
    ['forks without end', 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass', ['timed out after 3 seconds'], 'any'],
    ['eats memory', 'x = bytearray(8 << 30)', ['MemoryError'], 'kept'],
    ['exits', 'import os; os._exit(3)', ['exit code 3', BEFORE], 'kept'],
    ['leaves by sys.exit', 'import sys; sys.exit(0)', [], 'kept'],
    ['crashes', 'import ctypes; ctypes.string_at(0)', ['SIGSEGV', BEFORE], 'kept'],
    ['asks for input', 'input()', ['EOFError'], 'kept'],
    ['does not parse', 'def f(:', ['SyntaxError'], 'kept'],
  ])(
    'that %s sees what became of it and goes on',
    async (_name, code, shown, variables) => {
      gateway.worker.play([program('x = 408'), program(code), program('print(x)'), 'Done.']);

      const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });
      const { turns } = Reflect.get(completion.choices[0]!, 'interleave') as { turns: { output: string }[] };

      for (const sentence of shown) expect(turns[1]?.output).toContain(sentence);
      if (variables === 'kept') expect(turns[2]?.output).toBe('408');
      expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: expect.stringMatching(/Done\.$/) } });
    },
    30_000,
  );

  it('that floods its output sees its ends, and how much was cut', async () => {
    gateway.worker.play([program("print('begin'); print('x' * 10_000_000); print('end')"), 'Done.']);

    const completion = await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, ...{ interleave: { truncate_obs_side: 'middle' } } });

    expect(completion.choices[0]?.message.content).toMatch(/begin\nx+[^]*characters cut[^]*x+\nend\n```\nDone\.$/);
  }, 30_000);

  it('leaves the services in good order', async () => {
    gateway.worker.play([program('print(6 * 7)'), 'Done.']);

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });

    expect(completion.choices[0]?.message.content).toContain('\n42\n');
    expect((await fetch(`${toolServer.url}/ready`)).status).toBe(200);
  });
});
