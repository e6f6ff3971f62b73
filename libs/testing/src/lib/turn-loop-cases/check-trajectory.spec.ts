import { FakeTokenizer } from '../fake-vllm/fake-tokenizer';
import { checkTrajectory } from './check-trajectory';
import type { TrajectoryCheck } from './check-trajectory';
import { fakeCheckingTokenizer } from './checking-tokenizer';
import type { TrajectoryChoice } from './trajectory-response';
import { loadTurnLoopCases } from './turn-loop-case';
import type { TurnLoopCase } from './turn-loop-case';

const tokenizer = new FakeTokenizer();
const [goldenCase] = loadTurnLoopCases('fake') as readonly [TurnLoopCase];

const PROMPT = tokenizer.encode('<|im_start|>user\nWhat is 12 * 34?<|im_end|>\n<|im_start|>assistant\n');
const FIRST = tokenizer.encode('Let me compute that with Python.\n```python\nprint(12 * 34)\n```\n```output\n');
const OBSERVATION = tokenizer.encode('408\n```\n');
const SECOND = [...tokenizer.encode('The answer is 408.'), tokenizer.eosId];
const IDS = [...FIRST, ...OBSERVATION, ...SECOND];
const MASK = [...FIRST.map(() => 1), ...OBSERVATION.map(() => 0), ...SECOND.map(() => 1)];

/** A right answer to the first golden vector, with what a test changes about it. */
function check(
  change: { choice?: Partial<TrajectoryChoice>; interleave?: object; rounds?: TrajectoryCheck['rounds'] } = {},
): TrajectoryCheck {
  const choice: TrajectoryChoice = {
    message: { content: tokenizer.decodeVisible(IDS) },
    finish_reason: 'stop',
    interleave: {
      trajectory_id: 't1',
      stop_cause: 'eos',
      tool_calls: 1,
      turns: [
        { text: '…', code: 'print(12 * 34)', output: '408', status: 'ok', wall_ms: 1 },
        { text: 'The answer is 408.', code: null, output: null, status: null, wall_ms: null },
      ],
      prompt_token_ids: PROMPT,
      token_ids: IDS,
      loss_mask: MASK,
      logprobs: MASK.map((bit) => (bit === 1 ? -0.1 : null)),
      ...change.interleave,
    },
    ...change.choice,
  };
  const rounds = change.rounds ?? [
    { promptIds: PROMPT, sentIds: FIRST },
    { promptIds: [...PROMPT, ...FIRST, ...OBSERVATION], sentIds: SECOND },
  ];
  const usage = { prompt_tokens: PROMPT.length, completion_tokens: FIRST.length + SECOND.length };
  return { goldenCase, engine: 'fake', response: { choices: [choice], usage }, tokenizer: fakeCheckingTokenizer(), rounds };
}

describe('check of a trajectory', () => {
  it('finds nothing wrong with a right answer, in whatever order workers recorded their rounds', async () => {
    expect(await checkTrajectory(check())).toEqual([]);
    expect(await checkTrajectory(check({ rounds: [...(check().rounds ?? [])].reverse() }))).toEqual([]);
  });

  it.each([
    ['another finish_reason', check({ choice: { finish_reason: 'length' } }), 'finish_reason is length'],
    ['another stop cause', check({ interleave: { stop_cause: 'loop' } }), 'stop_cause is loop'],
    ['another number of calls', check({ interleave: { tool_calls: 2 } }), 'tool_calls is 2'],
    ['a turn without its code', check({ interleave: { turns: [] } }), 'turns[0].code'],
    ['a text that is not the decoding', check({ choice: { message: { content: 'Let me.' } } }), 'P2'],
    ['a mask that misses a generated id', check({ interleave: { loss_mask: [0, ...MASK.slice(1)] } }), 'P3: the mask is 0 at 0'],
    ['a mask that claims an observation', check({ interleave: { loss_mask: MASK.map(() => 1) } }), 'P3'],
    ['logprobs where nothing was generated', check({ interleave: { logprobs: MASK.map(() => -1) } }), 'logprobs'],
    ['ids that were lost between rounds', check({ rounds: [{ promptIds: PROMPT, sentIds: [...FIRST, 5] }] }), 'P1'],
    ['a prompt that was changed for the second round', check({ rounds: [{ promptIds: [7, ...PROMPT.slice(1)], sentIds: FIRST }] }), 'P1'],
    [
      'an overshoot that is missing',
      check({ interleave: { token_ids: IDS.slice(0, FIRST.length - 1), loss_mask: MASK.slice(0, FIRST.length - 1) } }),
      'overshoot-kept',
    ],
    [
      'an end of sequence that is missing',
      check({ interleave: { token_ids: IDS.slice(0, -1), loss_mask: MASK.slice(0, -1) } }),
      'ends-with-end-of-sequence',
    ],
    [
      'a control token in an observation',
      check({ interleave: { token_ids: IDS.map((id, place) => (place === FIRST.length ? tokenizer.imEndId : id)) } }),
      'observation-in-ordinary-ids',
    ],
    ['no ids at all', check({ interleave: { token_ids: undefined } }), 'lacks prompt_token_ids'],
  ])('notices %s', async (_what, wrong, sentence) => {
    expect((await checkTrajectory(wrong)).join('\n')).toContain(sentence);
  });
});

describe('golden vectors', () => {
  const cases = loadTurnLoopCases();

  it('have names of their own', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it.each(cases)('$name: asks for ids, and its patterns are regular expressions', ({ request, expect: expected }) => {
    expect(request).toMatchObject({ interleave: { token_ids: true } });
    const patterns = [
      ...(expected.text ?? []),
      ...(expected.text_not ?? []),
      ...(expected.turns ?? []).flatMap((turn) => Object.values(turn)),
    ];
    for (const pattern of patterns) expect(() => new RegExp(pattern, 'u')).not.toThrow();
  });

  it('cover all engines', () => {
    for (const engine of ['fake', 'llama-worker', 'vllm'] as const) expect(loadTurnLoopCases(engine).length).toBeGreaterThan(10);
  });
});
