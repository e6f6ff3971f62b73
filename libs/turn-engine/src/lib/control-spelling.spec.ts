import fc from 'fast-check';
import { breakControlSpellings, cutControlSpellings, leadingControlSpelling, withoutHiddenSpellings } from './control-spelling';

const SPELLINGS = [
  '<|im_end|>',
  '<|im_start|>',
  '<｜end▁of▁sentence｜>',
  '</s>',
  '<s>',
  '<start_of_turn>',
  '[INST]',
  '[/INST]',
  '<tool_call>',
  '<|reserved_special_token_12|>',
  '<pad>',
];

describe('control spellings', () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom(...SPELLINGS, '<', '|', '>', '['), fc.string({ maxLength: 5 })))
    .map((parts) => parts.join(''));

  it('cut texts lose nothing, and no piece holds a whole spelling', () => {
    fc.assert(
      fc.property(text, (whole) => {
        const pieces = cutControlSpellings(whole);
        expect(pieces.join('')).toBe(whole);
        for (const piece of pieces) expect(SPELLINGS.filter((spelling) => piece.includes(spelling))).toEqual([]);
      }),
    );
  });

  it('broken up texts hold no spelling', () => {
    fc.assert(
      fc.property(text, (whole) => expect(SPELLINGS.filter((spelling) => breakControlSpellings(whole).includes(spelling))).toEqual([])),
    );
  });

  it('leave ordinary code and HTML alone', () => {
    const code = 'if a < b and x[0] > y: print("<b>bold</b>", [1, 2], {"a": None}) # <br>';

    expect(cutControlSpellings(code)).toEqual([code]);
  });

  it('are left out of template text as a decoder leaves them out', () => {
    expect(withoutHiddenSpellings('<|im_end|>\n<|im_start|>user\n')).toBe('\nuser\n');
    expect(withoutHiddenSpellings('<tool_call>\n</think></s>')).toBe('<tool_call>\n</think>');
    expect(leadingControlSpelling('<|im_end|>\n<|im_start|>user\n')).toBe('<|im_end|>');
    expect(leadingControlSpelling('\n<|im_start|>user\n')).toBe('');
  });
});
