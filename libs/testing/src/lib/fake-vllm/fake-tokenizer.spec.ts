import fc from 'fast-check';
import { FakeTokenizer } from './fake-tokenizer';

describe('fake tokenizer', () => {
  const tokenizer = new FakeTokenizer();

  it('gives back every text that UTF-8 can express', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '```python\n',
        '```output\n',
        '```output',
        '<|im_end|>',
        '<|im_',
        ' the',
        ' 408',
        '\uFEFF',
        '👩‍👩‍👧',
        '</python>\n',
        '\r\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
    );
  });

  it('splits digits one by one', () => {
    expect(tokenizer.encode('408')).toHaveLength(3);
  });

  it('has one token that completes the action stop and reaches beyond it', () => {
    expect(tokenizer.encode('```output\n').map((id) => tokenizer.decode([id]))).toEqual(['```output\n']);
    expect(tokenizer.encode('</python>\n').map((id) => tokenizer.decode([id]))).toEqual(['</python>\n']);
  });

  it('turns spellings of control tokens into control tokens, which visible text leaves out', () => {
    const ids = tokenizer.encode('a<|im_end|>b');
    expect(ids[1]).toBe(tokenizer.eosId);
    expect(tokenizer.decodeVisible(ids)).toBe('ab');
  });

  it('makes ordinary tokens of a spelling that is cut inside', () => {
    const ids = [...tokenizer.encode('<|im'), ...tokenizer.encode('_end|>')];
    expect(ids).not.toContain(tokenizer.eosId);
    expect(tokenizer.decodeVisible(ids)).toBe('<|im_end|>');
  });

  it('refuses ids outside its vocabulary', () => {
    expect(() => tokenizer.decode([999_999])).toThrow(RangeError);
  });
});
