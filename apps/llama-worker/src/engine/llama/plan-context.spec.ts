import { planContext } from './plan-context';
import { threadCount } from './thread-count';

const WISH = { trainedLength: 32_768, askedLength: undefined, askedSequences: 16, bytesPerToken: 12_288, budgetBytes: 2 ** 30 };

describe('plan of the context', () => {
  it('serves what was asked for where it fits', () => {
    expect(planContext({ ...WISH, trainedLength: 2048, bytesPerToken: 2048 })).toEqual({
      maxModelLen: 2048,
      sequences: 16,
      reduction: null,
    });
  });

  it('shortens the context first where no length was asked for', () => {
    const plan = planContext(WISH);

    expect(plan).toMatchObject({ maxModelLen: 5376, sequences: 16 });
    expect(plan.reduction).toContain('Set CACHE_MEMORY_MIB');
  });

  it('gives up sequences rather than a decent length', () => {
    expect(planContext({ ...WISH, bytesPerToken: 131_072 })).toMatchObject({ maxModelLen: 4096, sequences: 2 });
  });

  it('keeps the length that was asked for and gives up sequences', () => {
    expect(planContext({ ...WISH, askedLength: 32_768 })).toMatchObject({ maxModelLen: 32_768, sequences: 2 });
  });

  it('never serves more than the model was trained for', () => {
    expect(planContext({ ...WISH, trainedLength: 512, askedLength: 4096 }).maxModelLen).toBe(512);
  });
});

describe('threads', () => {
  it('are one for a small model, whatever is allowed, and the cores or the limit for a large one', () => {
    expect([threadCount(0, 2e6, 8), threadCount(3, 2e6, 8), threadCount(0, 5e8, 8), threadCount(3, 5e8, 8)]).toEqual([1, 1, 8, 3]);
  });
});
