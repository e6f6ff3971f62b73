import requests from './harness-requests/requests.json';
import { GatewayUnderTest } from './support/gateway-under-test';

const PROGRAM = 'def add(a, b):\n    return a + b';
const CALL = `Let me check that.\n\`\`\`python\n${PROGRAM}\nprint(add(20, 22))\n\`\`\`\n\`\`\`output`;
const ANSWER = `It works: \\boxed{42}\n\`\`\`python\n${PROGRAM}\n\`\`\``;

interface Answer {
  readonly choices: readonly {
    readonly index: number;
    readonly text?: string;
    readonly message?: { readonly content: string };
    readonly finish_reason: string;
  }[];
  readonly error?: unknown;
}

/** As LiveCodeBench takes a program out of an answer: what stands between the last two lines with a fence. */
function lastFenced(text: string): string {
  const lines = text.split('\n');
  const fences = lines.flatMap((line, index) => (line.includes('```') ? [index] : []));
  return lines.slice((fences.at(-2) ?? 0) + 1, fences.at(-1)).join('\n');
}

const textOf = ({ text, message }: Answer['choices'][number]): string => text ?? message?.content ?? '';

describe.each(['transcript', 'answer'] as const)('evaluation harnesses, with --content %s', (content) => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await startGateway(content);
  });
  afterAll(() => gateway.stop());

  it.each(requests)('are answered: $harness', async ({ path, body }) => {
    const response = await gateway.post(path, body, { headers: { authorization: 'Bearer whatever' } });
    const { choices, error } = (await response.json()) as Answer;

    expect(error).toBeUndefined();
    expect(choices.map(({ index }) => index)).toEqual(Array.from({ length: body.n }, (_, index) => index));
    for (const choice of choices) {
      expect(textOf(choice).endsWith(ANSWER)).toBe(true);
      expect(textOf(choice) === ANSWER).toBe(content === 'answer');
      expect(choice.finish_reason).toBe('stop');
    }
  });

  it('grade the program, not the output of a tool', async () => {
    const { path, body } = requests.find(({ harness }) => harness === 'LiveCodeBench')!;
    const { choices } = (await (await gateway.post(path, body)).json()) as Answer;

    for (const choice of choices) expect(lastFenced(textOf(choice))).toBe(PROGRAM);
  });
});

describe('evaluation harnesses with all their threads', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await startGateway('transcript');
  });
  afterAll(() => gateway.stop());

  it.each(requests)('are not turned away: $harness', async ({ path, body, threads }) => {
    const statuses = await Promise.all(
      Array.from({ length: threads }, async () => (await gateway.post(path, { ...body, n: Math.min(body.n, 2) })).status),
    );

    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

function startGateway(content: string): Promise<GatewayUnderTest> {
  return GatewayUnderTest.start({
    workers: [
      {
        script: ({ promptText }) => (promptText.includes('```output\n42\n```') ? ANSWER : CALL),
        servedNames: ['org/model-7B'],
        maxModelLen: 8192,
      },
    ],
    tools: { script: () => '42\n', maxSessions: 1024 },
    environment: { CONTENT: content, MAX_TURNS: '4' },
  });
}
