import type { Machine } from './device';
import { fitScaling } from './fit-scaling';
import { NO_GPU_LINKS } from './parse-gpu-topology';

const machine: Machine = { gpus: [], links: NO_GPU_LINKS, cores: [0, 1] };
const range = (name: string, minCopies: number, maxCopies: number, count = 1) => ({
  name,
  minCopies,
  maxCopies,
  demand: { kind: 'cpu' as const, count },
});

describe('ranges of copies on a machine', () => {
  it('fit though their most does not fit together', () => {
    expect(fitScaling([range('a', 0, 2), range('b', 0, 2), range('c', 0, 1, 2)], machine)).toEqual({ kind: 'fits', warnings: [] });
  });

  it.each([
    [
      [range('a', 2, 2), range('b', 1, 1)],
      'a (2 × 1) and b (1 × 1) together need 3 CPU cores, this machine has 2 CPU cores: lower NUM_MODELS or TENSOR_PARALLEL_SIZE of one of them, or leave one out.',
    ],
    [
      [range('a', 1, 2), range('b', 2, 2)],
      'a (1 × 1) and b (2 × 1) together need 3 CPU cores, this machine has 2 CPU cores: lower MIN_MODELS or TENSOR_PARALLEL_SIZE of one of them, or leave one out.',
    ],
    [
      [range('a', 0, 3), range('b', 0, 1)],
      '3 models × 1 need 3 CPU cores, this machine has 2 CPU cores: set MAX_MODELS to at most 2, or lower TENSOR_PARALLEL_SIZE.',
    ],
    [
      [range('a', 1, 1), range('b', 0, 1, 2)],
      'b would never have a copy: a (1 × 1) and b (1 × 2) together need 3 CPU cores, this machine has 2 CPU cores: lower MIN_MODELS or TENSOR_PARALLEL_SIZE of one of them, or leave one out.',
    ],
  ])('%# do not fit, with a sentence', (ranges, problem) => {
    expect(fitScaling(ranges, machine)).toEqual({ kind: 'no-room', problem });
  });
});
