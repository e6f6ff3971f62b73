import fc from 'fast-check';
import { StopMatcher } from './stop-matcher';

function feed(stops: readonly string[], includesStop: boolean, pieces: readonly string[]) {
  const matcher = new StopMatcher(stops, includesStop);
  const shown: string[] = [];
  for (const piece of pieces) {
    const { text, hit } = matcher.push(piece);
    shown.push(text);
    if (hit !== null) return { shown, text: shown.join(''), hit };
  }
  shown.push(matcher.flush());
  return { shown, text: shown.join(''), hit: null };
}

describe('stop matcher', () => {
  it('cuts the text before the stop string, also when it is spread over pieces', () => {
    expect(feed(['```output'], false, ['a\n``', '`out', 'put\nmore'])).toMatchObject({ text: 'a\n', hit: '```output' });
  });

  it('ends the text right after the stop string where it is included, and holds nothing back', () => {
    const { shown, text, hit } = feed(['```output'], true, ['a\n``', '`out', 'put\nmore']);

    expect({ shown, hit }).toEqual({ shown: ['a\n``', '`out', 'put'], hit: '```output' });
    expect(text).toBe('a\n```output');
  });

  it('holds back only what may be the start of a stop string, and gives it back when it is not', () => {
    expect(feed(['<end>'], false, ['x<', 'en', '!y']).shown).toEqual(['x', '', '<en!y', '']);
  });

  it('shows held-back text when the answer ends otherwise', () => {
    expect(feed(['<end>'], false, ['x<en'])).toMatchObject({ text: 'x<en', hit: null });
  });

  it('prefers the stop that completes earliest, then the one named first', () => {
    expect(feed(['abcd', 'bc'], true, ['xabcd'])).toMatchObject({ text: 'xabc', hit: 'bc' });
    expect(feed(['abc', 'bc'], true, ['xabc'])).toMatchObject({ hit: 'abc' });
    expect(feed(['bc', 'abc'], true, ['xabc'])).toMatchObject({ hit: 'bc' });
  });

  it('does not end an answer that is too short, and does not find that stop later either', () => {
    const matcher = new StopMatcher(['ab'], true);

    expect(matcher.push('ab', false)).toEqual({ text: 'ab', hit: null });
    expect(matcher.push('c')).toEqual({ text: 'c', hit: null });
  });

  it('gives the same text and the same stop however the text is cut into pieces', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 24 });
    const stop = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 8 }), fc.array(stop, { maxLength: 3 }), fc.boolean(), (pieces, stops, includesStop) => {
        const characters = [...pieces.join('')];
        const inPieces = feed(stops, includesStop, pieces);
        const oneByOne = feed(stops, includesStop, characters);
        expect({ text: inPieces.text, hit: inPieces.hit }).toEqual({ text: oneByOne.text, hit: oneByOne.hit });
        if (inPieces.hit === null) expect(inPieces.text).toBe(pieces.join(''));
        if (includesStop && inPieces.hit !== null) expect(inPieces.text.endsWith(inPieces.hit)).toBe(true);
      }),
    );
  });
});
