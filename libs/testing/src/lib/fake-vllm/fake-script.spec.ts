import { demoScript } from './demo-script';
import type { FakePrompt, FakeReply, FakeScript } from './fake-reply';
import { failing, replyByRound, toReplyTo } from './fake-script';
import { parseFaults, parseScript } from './parse-script';

function textOf(script: FakeScript, promptText: string): string | undefined {
  const prompt: FakePrompt = { endpoint: '/v1/completions', body: {}, promptIds: [], promptText, choiceIndex: 0, number: 0 };
  return toReplyTo(script)(prompt).text;
}

describe('scripts without state', () => {
  it('know the round by what the prompt holds', () => {
    const script = replyByRound(['one', { text: 'two' }]);
    expect(['', 'a ```output', 'a ```output b ```output'].map((prompt) => textOf(script, prompt))).toEqual(['one', 'two', 'one']);
  });

  it('play the demo model: ask, then read the output back', () => {
    const question = '<|im_start|>user\nWhat is 12 * 34?<|im_end|>\n<|im_start|>assistant\n';
    const ask = textOf(demoScript, question);
    expect(ask).toContain('print(12 * 34)\n```\n```output\n');
    expect(textOf(demoScript, `${question}${ask}408\n\`\`\`\n`)).toBe('The answer is 408.');
    expect(textOf(demoScript, question.replace('12 * 34', 'love'))).toContain('two numbers');
  });
});

describe('script file', () => {
  it('holds rounds, cases or rules', () => {
    expect(textOf(parseScript('{"rounds": ["one", "two"]}'), '```output')).toBe('two');
    expect(textOf(parseScript('{"cases": [{"text": "A?", "rounds": ["a"]}, {"text": "B?", "rounds": ["b", "c"]}]}'), 'B? ```output')).toBe(
      'c',
    );
    expect(textOf(parseScript('{"rules": [{"end": "\\\\?", "reply": {"text": "asked"}}]}'), 'Is it?')).toBe('asked');
  });

  it('says what it may hold when it holds something else', () => {
    expect(() => parseScript('{}')).toThrow('A script file is');
  });

  it('strikes every so-many-th prompt with the faults in turn', () => {
    const faults = parseFaults('[{"kind": "hang-up"}, {"kind": "cut", "afterTokens": 2}]');
    const script = failing(() => 'all', faults, 2) as (prompt: FakePrompt) => FakeReply;
    const prompts = Array.from({ length: 6 }, () => script({ promptText: '' } as FakePrompt));
    expect(prompts.map(({ fault }) => fault?.kind)).toEqual([undefined, 'hang-up', undefined, 'cut', undefined, 'hang-up']);
  });

  it.each(['[{"kind": "nothing"}]', '[7]', 'null', '[{"kind": "cut"}]'])('refuses %s as faults', (text) => {
    expect(() => parseFaults(text)).toThrow(/fault/i);
  });
});
