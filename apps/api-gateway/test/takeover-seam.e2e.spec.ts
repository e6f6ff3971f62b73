import { FakeTokenizer } from '@interleave/testing';
import type { FakePrompt, FakeReply } from '@interleave/testing';
import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

/** Each of its characters beyond ASCII is several tokens. */
const SAID = `Für 12 × 34 😀. ${CALL}`;
const TRANSCRIPT = `${SAID}\n408\n\`\`\`\n${ANSWER}`;
const tokenizer = new FakeTokenizer();
const STOP = '```output';
/** The stop string in several tokens, so that a worker can be lost within it. */
const CALL_IDS = [...tokenizer.encode(SAID.slice(0, -STOP.length)), ...['``', '`', 'out', 'put'].flatMap((part) => tokenizer.encode(part))];

/** What a model says that was not stopped: who took over knows nothing of the half that it did not generate. */
const BEYOND_IDS = tokenizer.encode('output and so on');

/** Goes on from the ids, as a real worker does, which looks for stop strings in nothing but what it has generated itself. */
function replyTo({ promptIds, promptText }: FakePrompt): FakeReply {
  if (promptText.includes('408')) return { text: ANSWER };
  let said = CALL_IDS.length;
  while (said > 0 && !endsWith(promptIds, CALL_IDS.slice(0, said))) said -= 1;
  return { tokenIds: [...CALL_IDS.slice(said), ...BEYOND_IDS] };
}

function endsWith(ids: readonly number[], end: readonly number[]): boolean {
  return end.every((id, place) => ids[ids.length - end.length + place] === id);
}

interface Choice {
  readonly message?: { readonly content: string };
  readonly delta?: { readonly content?: string };
  readonly interleave?: { readonly token_ids?: readonly number[]; readonly loss_mask?: readonly number[] };
}

describe('a worker that is lost', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ workers: [{ script: [] }, { script: [] }], tools: { script: () => '408\n' } });
  });
  afterAll(() => gateway.stop());

  const cases = [...CALL_IDS.keys()].flatMap((afterTokens) =>
    [true, false].flatMap((isStreamed) => [1, 1000].map((tokensPerChunk) => ({ afterTokens, isStreamed, tokensPerChunk }))),
  );

  it.each(cases)('leaves no trace in the answer: %j', async ({ afterTokens, isStreamed, tokensPerChunk }) => {
    let hasFailed = false;
    for (const worker of gateway.workers) {
      worker.play((prompt) => {
        // Who takes over may be read late: then its tokens come together, the end of sequence with them.
        if (hasFailed) return { ...replyTo(prompt), tokensPerChunk };
        hasFailed = true;
        return { ...replyTo(prompt), fault: { kind: 'cut', afterTokens } };
      });
    }

    const response = await gateway.post('/v1/chat/completions', {
      model: 'demo',
      messages: QUESTION,
      stream: isStreamed,
      interleave: { token_ids: true },
    });

    const choices = await choicesOf(response, isStreamed);
    expect(choices.map(({ message, delta }) => (message ?? delta)?.content ?? '').join('')).toBe(TRANSCRIPT);
    const ids = choices.flatMap(({ interleave }) => interleave?.token_ids ?? []);
    const mask = choices.flatMap(({ interleave }) => interleave?.loss_mask ?? []);
    expect(ids.slice(0, mask.indexOf(0))).toEqual(CALL_IDS);
    expect(hasFailed).toBe(true);
  });
});

async function choicesOf(response: Response, isStreamed: boolean): Promise<Choice[]> {
  if (!isStreamed) return ((await response.json()) as { choices: Choice[] }).choices;
  const frames = (await response.text()).split('\n\n').filter((frame) => frame.startsWith('data: {'));
  return frames.flatMap((frame) => (JSON.parse(frame.slice(6)) as { choices: Choice[] }).choices);
}
