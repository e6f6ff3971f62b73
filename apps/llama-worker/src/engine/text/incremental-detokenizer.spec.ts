import fc from 'fast-check';
import { IncrementalDetokenizer } from './incremental-detokenizer';

/** Every byte is a token; 256 is a special one that is not shown. */
const decode = (ids: readonly number[]) => Buffer.from(ids.filter((id) => id < 256)).toString('utf8');
const encode = (text: string) => [...Buffer.from(text, 'utf8')];

/** Like a SentencePiece tokenizer: the space before the first word is not there. */
const WORDS = ['▁Hello', '▁big', '▁world'];
const decodeWords = (ids: readonly number[]) =>
  ids
    .map((id) => WORDS[id] ?? '')
    .join('')
    .replaceAll('▁', ' ')
    .trimStart();

describe('incremental detokenizer', () => {
  it('emits a character of several tokens with the last of them', () => {
    const detokenizer = new IncrementalDetokenizer(decode, encode('x'));

    expect(encode('é😀!').map((id) => detokenizer.push(id))).toEqual(['', 'é', '', '', '', '😀', '!']);
  });

  it('completes a character that the prompt has begun', () => {
    const [first = 0, ...rest] = encode('😀');
    const detokenizer = new IncrementalDetokenizer(decode, [...encode('a'), first]);

    expect(rest.map((id) => detokenizer.push(id)).join('')).toBe('😀');
  });

  it('keeps the space that a tokenizer drops at the start of a text', () => {
    const detokenizer = new IncrementalDetokenizer(decodeWords, [0]);

    expect([detokenizer.push(1), detokenizer.push(2)]).toEqual([' big', ' world']);
  });

  it('emits nothing for tokens that are not shown, and goes on after them', () => {
    const detokenizer = new IncrementalDetokenizer(decode, []);

    expect([256, 97, 256, 256, 98].map((id) => detokenizer.push(id))).toEqual(['', 'a', '', '', 'b']);
  });

  it('emits in all what decoding all at once gives, and never a half character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 20 }), (prompt, text) => {
        const detokenizer = new IncrementalDetokenizer(decode, encode(prompt));
        const pieces = encode(text).map((id) => detokenizer.push(id));

        expect(pieces.join('')).toBe(decode(encode(text)));
        if (!text.includes('\uFFFD')) expect(pieces.some((piece) => piece.includes('\uFFFD'))).toBe(false);
      }),
    );
  });
});
