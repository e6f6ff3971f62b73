import { isTruthy, splitLines, strip, takeCharacters } from './python-text';

describe('text as Python sees it', () => {
  it('strips what Python takes for white space, and nothing else', () => {
    expect(strip('\x1c\x85\u2003 \v a\ufeff \u3000')).toBe('a\ufeff');
  });

  it('ends lines where Python does', () => {
    expect(splitLines('a\r\nb\rc\x0bd\u2028e\n')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(splitLines('')).toEqual([]);
    expect(splitLines('\n\n')).toEqual(['', '']);
  });

  it('counts characters, not their halves', () => {
    expect(takeCharacters('🙂🙂a', 2)).toBe('🙂🙂');
    expect(takeCharacters('ab', 2)).toBe('ab');
  });

  it.each([
    [[], false],
    [{}, false],
    ['', false],
    [0, false],
    [null, false],
    ['false', true],
    [[0], true],
  ])('takes %j for %j', (value, expected) => {
    expect(isTruthy(value)).toBe(expected);
  });
});
