import { chooseSequence } from './choose-sequence';

const free = (sequence: number, keptTokenIds: number[], lastUse = 0) => ({ sequence, keptTokenIds, lastUse });

describe('choice of a sequence', () => {
  it('takes the one that holds the longest prefix of the prompt', () => {
    const sequences = [free(0, [1, 2]), free(1, [1, 2, 3, 9]), free(2, [7, 8])];

    expect(chooseSequence(sequences, [1, 2, 3, 4])?.sequence).toBe(1);
  });

  it('gives up the least where prefixes are equally long: the empty one, then the longest unused', () => {
    expect(chooseSequence([free(0, [5, 6]), free(1, [])], [1, 2])?.sequence).toBe(1);
    expect(chooseSequence([free(0, [5], 3), free(1, [6], 1)], [1, 2])?.sequence).toBe(1);
  });

  it('has nothing to choose where all are in use', () => {
    expect(chooseSequence([], [1])).toBeNull();
  });
});
