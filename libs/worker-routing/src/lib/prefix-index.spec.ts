import fc from 'fast-check';
import { PREFIX_BLOCK_TOKENS, PrefixChain } from './prefix-chain';
import { PrefixIndex } from './prefix-index';

const ids = fc.array(fc.nat(200_000), { maxLength: 6 * PREFIX_BLOCK_TOKENS });
const hashesOf = (contextIds: readonly number[]): readonly number[] => new PrefixChain().extend(contextIds);

describe('prefixes', () => {
  it('are hashed the same in one go and as the context grows', () => {
    fc.assert(
      fc.property(ids, fc.array(fc.nat(6 * PREFIX_BLOCK_TOKENS)), (contextIds, lengths) => {
        const chain = new PrefixChain();
        for (const length of lengths.sort((a, b) => a - b)) chain.extend(contextIds.slice(0, length));
        expect([...chain.extend(contextIds)]).toEqual([...hashesOf(contextIds)]);
      }),
    );
  });

  it('are found as far as two contexts share them, in whole blocks', () => {
    fc.assert(
      fc.property(ids, ids, fc.nat(6 * PREFIX_BLOCK_TOKENS), (sent, other, sharedLength) => {
        const shared = sent.slice(0, sharedLength);
        // A start of its own keeps the rest from being equal by chance.
        const asked = [...shared, 200_001, ...other];
        const index = new PrefixIndex();
        index.record('a', hashesOf(sent));
        expect(index.cachedTokens('a', hashesOf(asked))).toBe(Math.floor(shared.length / PREFIX_BLOCK_TOKENS) * PREFIX_BLOCK_TOKENS);
        expect(index.cachedTokens('b', hashesOf(asked))).toBe(0);
      }),
    );
  });

  it('are forgotten with the worker, and the ends of the oldest first when there are too many', () => {
    const index = new PrefixIndex(4);
    const [first, second] = [
      [1, 2, 3],
      [7, 8, 9],
    ];
    index.record('a', first!);
    index.record('a', second!);
    expect(index.cachedTokens('a', second!)).toBe(3 * PREFIX_BLOCK_TOKENS);
    expect(index.cachedTokens('a', first!)).toBe(PREFIX_BLOCK_TOKENS);
    index.forget('a');
    expect(index.cachedTokens('a', second!)).toBe(0);
  });
});
