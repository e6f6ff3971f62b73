import fc from 'fast-check';
import { BlockHold } from './block-hold';

describe('block hold', () => {
  const piece = fc.constantFrom('<', '<tool', '<tool_call>', '</tool_call>', 'x', '_call>', '\n', '😀');

  it('shows everything before the block, keeps everything from there, and loses nothing, wherever the text is cut', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const hold = new BlockHold('<tool_call>');
        const shown = pieces.map((part) => hold.push(part)).join('');
        const held = hold.finish();
        const at = text.indexOf('<tool_call>');
        expect(shown + held).toBe(text);
        if (at >= 0) expect(shown).toBe(text.slice(0, at));
        else expect('<tool_call>'.startsWith(held)).toBe(true);
      }),
    );
  });
});
