import fc from 'fast-check';
import { UserStopFilter } from './user-stop-filter';

describe('user stop filter', () => {
  it('shows text at once that cannot be the beginning of a stop', () => {
    const filter = new UserStopFilter(['END']);

    expect([filter.push('abc'), filter.push('dE'), filter.push('x'), filter.finish(null)]).toEqual(['abc', 'd', 'Ex', '']);
  });

  it('never shows any part of the stop that ended the round, however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'E', 'N', 'EN'), { maxLength: 20 }), (pieces) => {
        const body = pieces.join('').replaceAll('END', '');
        const text = `${body}END`;
        const cut = body.indexOf('END');
        if (cut >= 0) return;
        for (let size = 1; size <= 4; size += 1) {
          const filter = new UserStopFilter(['END', 'ENX']);
          let shown = '';
          for (let at = 0; at < text.length; at += size) shown += filter.push(text.slice(at, at + size));
          expect(shown + filter.finish('END')).toBe(body);
        }
      }),
    );
  });

  it('loses no text where no stop came', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }), (pieces, stops) => {
        const filter = new UserStopFilter(stops);
        expect(pieces.map((piece) => filter.push(piece)).join('') + filter.finish(null)).toBe(pieces.join(''));
      }),
    );
  });
});
