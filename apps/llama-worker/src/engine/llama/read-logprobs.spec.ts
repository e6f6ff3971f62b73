import { readLogprobs } from './read-logprobs';

describe('log probabilities from logits', () => {
  it('are normalised over the whole vocabulary and ranked', () => {
    // Logits ln 4, ln 2, ln 1, ln 1 of tokens 0 to 3: probabilities 1/2, 1/4, 1/8, 1/8.
    const pairs = [1, Math.log(2), 0, Math.log(4), 3, Math.log(1)];
    const { logprob, top } = readLogprobs(3, 2, pairs, 8 / 4);

    expect(Math.exp(logprob)).toBeCloseTo(1 / 8);
    expect(top.map(({ id }) => id)).toEqual([0, 1]);
    expect(top.map((entry) => Math.exp(entry.logprob))).toEqual([expect.closeTo(1 / 2), expect.closeTo(1 / 4)]);
  });

  it('take a token that comes twice, as one of the likeliest and as the chosen one, once', () => {
    expect(readLogprobs(0, 5, [0, 2, 1, 1, 0, 2], 1.3679).top).toHaveLength(2);
  });
});
