import fc from 'fast-check';
import type { FakeReply } from './fake-reply';
import { FakeTokenizer } from './fake-tokenizer';
import { generate } from './generate';
import type { SamplingLimits } from './generate';

const tokenizer = new FakeTokenizer();
const LIMITS: SamplingLimits = {
  maxTokens: 10_000,
  minTokens: 0,
  stops: [],
  isStopIncluded: true,
  stopTokenIds: [],
  isEosIgnored: false,
  areSpecialsSkipped: true,
};

function run(reply: FakeReply, limits: Partial<SamplingLimits> = {}) {
  const steps = [...generate(reply, { ...LIMITS, ...limits }, tokenizer)];
  return {
    steps,
    ids: steps.flatMap(({ ids }) => ids),
    text: steps.map(({ text }) => text).join(''),
    finish: steps.at(-1)?.finish,
  };
}

describe('generation by the rules of vLLM', () => {
  it('ends at the end of sequence with its id kept, its text hidden and no stop reason', () => {
    const { ids, text, finish } = run({ text: 'The answer is 408.' });
    expect(text).toBe('The answer is 408.');
    expect(ids.at(-1)).toBe(tokenizer.eosId);
    expect(finish).toEqual({ reason: 'stop', stopReason: null });
  });

  it('ends the text right after an included stop string, while the ids keep the whole token that completed it', () => {
    const { ids, text, finish } = run({ text: 'x\n```output\n408' }, { stops: ['```output'] });
    expect(text).toBe('x\n```output');
    expect(tokenizer.decode(ids)).toBe('x\n```output\n');
    expect(finish).toEqual({ reason: 'stop', stopReason: '```output' });
  });

  it('cuts a stop string that is not included, and holds text back that could become one', () => {
    const { steps, text, ids } = run({ text: 'ab STOP cd' }, { stops: ['STOP'], isStopIncluded: false });
    expect(text).toBe('ab ');
    expect(tokenizer.decode(ids)).toBe('ab STOP');
    const heldBack = run({ text: 'uvwxyz' }, { stops: ['STOP'], isStopIncluded: false }).steps.map((step) => step.text);
    expect(heldBack).toEqual(['', '', '', 'u', 'v', 'w', 'xyz']);
    expect(steps.every((step) => step.ids.length === 1)).toBe(true);
  });

  it('holds nothing back where the stop string is included', () => {
    expect(run({ text: 'abc' }, { stops: ['STOP'] }).steps.map((step) => step.text)).toEqual(['a', 'b', 'c', '']);
  });

  it('takes the stop string that is complete first, whatever the order of the list', () => {
    expect(run({ text: '```output\n' }, { stops: ['\n', '```output', '```'] }).finish?.stopReason).toBe('```');
  });

  it('keeps what one speculative step brought beyond the stop string', () => {
    const { ids, text } = run({ text: 'aSTOPvwxyz', tokensPerStep: 4 }, { stops: ['STOP'] });
    expect(text).toBe('aSTOP');
    expect(tokenizer.decode(ids)).toBe('aSTOPvwx');
  });

  it('ends with length at the token limit, but a stop string that the last token completes wins', () => {
    expect(run({ text: 'abc' }, { maxTokens: 2 })).toMatchObject({ text: 'ab', finish: { reason: 'length', stopReason: null } });
    expect(run({ text: 'abc' }, { maxTokens: 2, stops: ['b'] })).toMatchObject({ text: 'ab', finish: { reason: 'stop', stopReason: 'b' } });
  });

  it('names the stop token that was hit', () => {
    const id = tokenizer.encode('b')[0] as number;
    expect(run({ text: 'abc' }, { stopTokenIds: [id] }).finish).toEqual({ reason: 'stop', stopReason: id });
  });

  it('never shows half a character', () => {
    const { steps } = run({ text: 'é👍' });
    expect(steps.map(({ text }) => text)).toEqual(['', 'é', '', '', '', '👍', '']);
    expect(run({ tokenIds: tokenizer.encode('👍').slice(0, 3) }).text).toBe('');
  });

  it('says a text again and again until a limit', () => {
    expect(run({ text: 'ab', finish: 'endless' }, { maxTokens: 5 })).toMatchObject({ text: 'ababa', finish: { reason: 'length' } });
  });

  it('goes on after the end of sequence where that is ignored', () => {
    const { ids, text, finish } = run({ text: 'a' }, { isEosIgnored: true, maxTokens: 4 });
    expect(ids.slice(1)).toEqual([tokenizer.eosId, tokenizer.eosId, tokenizer.eosId]);
    expect(text).toBe('a');
    expect(finish?.reason).toBe('length');
  });

  it.each(['length', 'abort', 'repetition'] as const)('ends with %s where the script says so', (finish) => {
    expect(run({ text: 'ab', finish })).toMatchObject({ text: 'ab', finish: { reason: finish } });
    expect(run({ text: '', finish })).toMatchObject({ ids: [], finish: { reason: finish } });
  });

  it('gives up in a step without tokens', () => {
    const { steps } = run({ text: 'abc', finish: 'abort', tokensPerStep: 2 });
    expect(steps.map(({ ids, finish }) => [ids.length, finish?.reason ?? null])).toEqual([
      [2, null],
      [1, null],
      [0, 'abort'],
    ]);
  });

  it('shows, whatever is held back on the way, in the end exactly the text up to the first stop string', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '👍'), maxLength: 20 });
    const stop = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(letters, fc.array(stop, { maxLength: 3 }), fc.boolean(), (text, stops, isStopIncluded) => {
        const hits = stops.filter((one) => text.includes(one)).map((one) => ({ one, end: text.indexOf(one) + one.length }));
        const end = Math.min(...hits.map((hit) => hit.end));
        const result = run({ text }, { stops, isStopIncluded });
        if (hits.length === 0) return expect(result.text).toBe(text);
        const stopReason = result.finish?.stopReason as string;
        expect(hits.filter((hit) => hit.end === end).map((hit) => hit.one)).toContain(stopReason);
        expect(result.text).toBe(text.slice(0, isStopIncluded ? end : end - stopReason.length));
      }),
    );
  });

  it('begins with all of a prompt that ends within a character, stop strings of the prompt included', () => {
    const [first = 0, ...rest] = tokenizer.encode('€');
    const steps = [...generate({ tokenIds: rest }, LIMITS, tokenizer, [...tokenizer.encode('Price '), first])];

    expect(steps.map(({ text }) => text).join('')).toBe('Price €');
    const stopped = generate({ tokenIds: rest }, { ...LIMITS, stops: ['ice'] }, tokenizer, [...tokenizer.encode('Price '), first]);
    expect([...stopped].at(-1)).toMatchObject({ text: 'Price', finish: { stopReason: 'ice' } });
  });
});
