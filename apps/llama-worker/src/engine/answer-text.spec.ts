import { ScriptedTokenizer } from '../../test/support/scripted-tokenizer';
import { AnswerText } from './answer-text';
import type { GenerationRequest } from './generation-request';

const tokenizer = new ScriptedTokenizer(['```python', 'X']);
const STOP_TOKEN = tokenizer.encode('X')[0] ?? 0;

const REQUEST: GenerationRequest = {
  promptTokenIds: [1],
  maxTokens: 100,
  stops: [],
  stopTokenIds: [],
  includesStop: false,
  ignoresEndOfSequence: false,
  skipsSpecialTokens: true,
  sampling: {
    temperature: 0,
    topP: 1,
    topK: 0,
    minP: 0,
    presencePenalty: 0,
    frequencyPenalty: 0,
    repetitionPenalty: 1,
    seed: 0,
    logitBias: new Map(),
    minTokens: 0,
    bannedUntilMinTokens: [],
    topLogprobs: null,
  },
};

/** Feeds ids until the answer ends, or they do. */
function answer(ids: readonly number[], changes: Partial<GenerationRequest>) {
  const follower = new AnswerText({ ...REQUEST, ...changes }, tokenizer);
  let text = '';
  const taken: number[] = [];
  for (const id of ids) {
    const step = follower.push({ id, logprobs: null });
    text += step.text;
    taken.push(step.tokenId);
    if (step.finish) return { text, taken, finish: step.finish };
  }
  return { text, taken, finish: null };
}

const ids = (text: string) => tokenizer.encode(text);

describe('text of an answer', () => {
  it('ends at the end of sequence: the id is kept, the text hides it', () => {
    for (const includesStop of [false, true]) {
      const ended = answer([...ids('ab'), tokenizer.endId], { includesStop });

      expect(ended).toEqual({ text: 'ab', taken: [...ids('ab'), tokenizer.endId], finish: { reason: 'stop', stopReason: null } });
    }
  });

  it('keeps the whole token that completes a stop string, and ends the text with the stop string', () => {
    const ended = answer(ids('a```python\n'), { stops: ['```py'], includesStop: true });

    expect(ended).toEqual({ text: 'a```py', taken: ids('a```python'), finish: { reason: 'stop', stopReason: '```py' } });
    expect(answer(ids('a```python\n'), { stops: ['```py'] })).toMatchObject({ text: 'a', taken: ids('a```python') });
  });

  it('names the stop token, whose text is shown only where stops are', () => {
    expect(answer(ids('aXb'), { stopTokenIds: [STOP_TOKEN] })).toEqual({
      text: 'a',
      taken: ids('aX'),
      finish: { reason: 'stop', stopReason: STOP_TOKEN },
    });
    expect(answer(ids('aXb'), { stopTokenIds: [STOP_TOKEN], includesStop: true })).toMatchObject({ text: 'aX' });
  });

  it('goes on after the end of sequence where it is ignored', () => {
    const ended = answer([...ids('a'), tokenizer.endId, ...ids('b')], { ignoresEndOfSequence: true, maxTokens: 3 });

    expect(ended).toMatchObject({ text: 'ab', finish: { reason: 'length', stopReason: null } });
  });

  it('shows special tokens where they are not skipped', () => {
    expect(answer([tokenizer.startId, ...ids('a')], { skipsSpecialTokens: false }).text).toBe('<|im_start|>a');
    expect(answer([tokenizer.startId, ...ids('a')], {}).text).toBe('a');
  });

  it('gives held-back text with the last token', () => {
    expect(answer(ids('ab``'), { stops: ['```'], maxTokens: 4 })).toMatchObject({ text: 'ab``', finish: { reason: 'length' } });
    expect(answer([...ids('ab``'), tokenizer.endId], { stops: ['```'] })).toMatchObject({ text: 'ab``', finish: { stopReason: null } });
  });

  it('reports a stop string that the last allowed token completes as a stop', () => {
    expect(answer(ids('ab'), { stops: ['b'], maxTokens: 2 })).toMatchObject({ finish: { reason: 'stop', stopReason: 'b' } });
  });

  it('does not look for stop strings before the least length', () => {
    const sampling = { ...REQUEST.sampling, minTokens: 2 };

    expect(answer(ids('bbb'), { stops: ['b'], sampling })).toMatchObject({ taken: ids('bbb'), text: 'bb' });
  });

  it('leaves out a character that the token limit cuts in half', () => {
    expect(answer(ids('aé').slice(0, 2), { maxTokens: 2 })).toMatchObject({ text: 'a', finish: { reason: 'length' } });
  });
});
