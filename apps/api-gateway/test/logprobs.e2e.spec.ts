import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

interface TextLogprobs {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly number[];
  readonly text_offset: readonly number[];
  readonly top_logprobs: readonly Record<string, number>[];
}

const CHAT = { model: 'demo', messages: QUESTION };
const TEXT = { model: 'demo', prompt: 'Q', max_tokens: 200 };

describe('logprobs', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ tools: { script: () => '408\n' } });
  });
  beforeEach(() => gateway.worker.play([CALL, ANSWER]));
  afterAll(() => gateway.stop());

  it.each([
    ['the transcript', {}],
    ['the answer', { interleave: { content: 'answer' } }],
  ])('of a text completion say where each token stands in %s', async (_name, fields) => {
    const { choices } = await gateway.client().completions.create({ ...TEXT, logprobs: 2, ...fields });
    const [{ text, logprobs }] = choices as unknown as [{ text: string; logprobs: TextLogprobs }];
    const { tokens, text_offset: offsets, token_logprobs: values, top_logprobs: top } = logprobs;
    const shown = tokens.map((token, index) => ({ token, offset: offsets[index] ?? -1 })).filter(({ offset }) => offset < text.length);

    expect([offsets.length, values.length, top.length]).toEqual([tokens.length, tokens.length, tokens.length]);
    expect(shown.length).toBeGreaterThan(3);
    for (const { token, offset } of shown) expect(text.slice(offset, offset + token.length)).toBe(token);
  });

  it.each(['chat', 'text'] as const)('of a streamed %s completion are those of the plain one, each with its text', async (endpoint) => {
    const body = endpoint === 'chat' ? { ...CHAT, logprobs: true, top_logprobs: 2 } : { ...TEXT, logprobs: 2 };
    const path = endpoint === 'chat' ? '/v1/chat/completions' : '/v1/completions';
    const plain = (await (await gateway.post(path, body)).json()) as Answer;
    gateway.worker.play([CALL, ANSWER]);
    const chunks = framesOf(await (await gateway.post(path, { ...body, stream: true })).text());
    const merged = chunks.flatMap(({ choices: [choice] }) => (choice?.logprobs ? [choice.logprobs] : []));
    const joined = Object.fromEntries(
      Object.keys(merged[0] ?? {}).map((key) => [key, merged[0]?.[key] === null ? null : merged.flatMap((part) => part[key] as unknown[])]),
    );

    expect(joined).toEqual(plain.choices[0]?.logprobs);
    for (const { choices } of chunks) {
      const [choice] = choices;
      const text = choice?.delta?.content ?? choice?.text ?? '';
      const isObservation = text.includes('408\n```');
      if (text !== '' && !isObservation) expect(choice?.logprobs).not.toBeNull();
    }
  });

  it.each([0, 1, 2])('of a chat hold the %i most likely tokens, no more and no less', async (count) => {
    const { choices } = await gateway.client().chat.completions.create({ ...CHAT, logprobs: true, top_logprobs: count });

    for (const { top_logprobs: top, bytes, token } of choices[0]?.logprobs?.content ?? []) {
      expect(top).toHaveLength(count);
      expect(top.map(({ logprob }) => logprob)).toEqual(top.map(({ logprob }) => logprob).sort((one, other) => other - one));
      expect(Buffer.from(bytes ?? []).toString()).toBe(token);
    }
  });

  it('are not sent when nobody asked', async () => {
    const { choices } = await gateway.client().chat.completions.create(CHAT);

    expect(choices[0]?.logprobs).toBeNull();
  });
});

interface Answer {
  readonly choices: readonly {
    readonly text?: string;
    readonly delta?: { readonly content?: string };
    readonly logprobs: Record<string, unknown> | null;
  }[];
}

function framesOf(stream: string): Answer[] {
  return stream
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => JSON.parse(frame.slice('data: '.length)) as Answer);
}
