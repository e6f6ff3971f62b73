import { planStart } from './plan-start';
import type { CachedSequence } from './plan-start';

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, index) => start + index);
const sequence = (changes: Partial<CachedSequence> & { readonly name: string }) => ({
  isFree: true,
  keptTokenIds: [],
  comingTokenIds: [],
  lastUse: 0,
  ...changes,
});
const plan = (sequences: readonly ReturnType<typeof sequence>[], prompt: readonly number[]) => {
  const start = planStart(sequences, prompt);
  return start && { target: start.target.name, copyFrom: start.copyFrom?.name ?? null };
};

describe('start of a prompt', () => {
  const trajectory = sequence({ name: 'trajectory', keptTokenIds: range(0, 300), lastUse: 1 });
  const empty = sequence({ name: 'empty', lastUse: 9 });

  it('extends the free sequence that holds the longest beginning of it', () => {
    const shorter = sequence({ name: 'shorter', keptTokenIds: range(0, 200) });

    expect(plan([empty, shorter, trajectory], range(0, 320))).toEqual({ target: 'trajectory', copyFrom: null });
  });

  it('extends a sequence also where a few of its tokens turn out differently', () => {
    expect(plan([empty, trajectory], [...range(0, 290), 999])).toEqual({ target: 'trajectory', copyFrom: null });
  });

  it('leaves a trajectory alone that shares only a beginning, and copies that', () => {
    expect(plan([trajectory, empty], [...range(0, 100), 999])).toEqual({ target: 'empty', copyFrom: 'trajectory' });
  });

  it('does not copy what is computed as fast', () => {
    expect(plan([trajectory, empty], [0, 1, 2, 999])).toEqual({ target: 'empty', copyFrom: null });
  });

  it('takes the longest unused sequence where none is empty', () => {
    const old = sequence({ name: 'old', keptTokenIds: range(500, 900), lastUse: 0 });

    expect(plan([trajectory, old], [999])).toEqual({ target: 'old', copyFrom: null });
  });

  it('copies from a sequence that is in use', () => {
    expect(plan([{ ...trajectory, isFree: false }, empty], range(0, 320))).toEqual({ target: 'empty', copyFrom: 'trajectory' });
  });

  it('waits while another computes the same prefix, and only then', () => {
    const computing = sequence({ name: 'computing', isFree: false, keptTokenIds: range(0, 50), comingTokenIds: range(0, 200) });

    expect(plan([computing, empty], range(0, 200))).toBeNull();
    expect(plan([{ ...computing, keptTokenIds: range(0, 200), comingTokenIds: [] }, empty], range(0, 200))).toEqual({
      target: 'empty',
      copyFrom: 'computing',
    });
    expect(plan([computing, empty], [7, 8])).toEqual({ target: 'empty', copyFrom: null });
  });

  it('waits while all are in use', () => {
    expect(plan([{ ...empty, isFree: false }], [1])).toBeNull();
  });
});
