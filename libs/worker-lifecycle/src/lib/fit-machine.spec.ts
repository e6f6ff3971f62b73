import { deviceNames, formatCoreList, parseCoreList } from './device';
import type { Gpu, Machine } from './device';
import { fitMachine } from './fit-machine';
import type { CopiesDemand } from './fit-machine';
import { NO_GPU_LINKS } from './parse-gpu-topology';

const gpu = (index: number, changes: Partial<Gpu> = {}): Gpu => ({
  handle: `${index}`,
  uuid: `GPU-${index}`,
  name: 'NVIDIA H200',
  memoryMib: 143_771,
  usedMib: 4,
  isPart: false,
  ...changes,
});
const machine = (gpus: readonly Gpu[], cores = 2): Machine => ({
  gpus,
  links: NO_GPU_LINKS,
  cores: Array.from({ length: cores }, (_, core) => core),
});
const gpus = (count: number): Gpu[] => Array.from({ length: count }, (_, index) => gpu(index));
const demand = (copies: number, count: number, kind: 'gpu' | 'cpu' = 'gpu', name = 'demo'): CopiesDemand => ({
  name,
  copies,
  demand: { kind, count },
});

describe('the devices of a machine', () => {
  it.each([
    [demand(8, 1), 2, '8 models × 1 need 8 GPUs, this machine has 2 GPUs: set NUM_MODELS to at most 2, or lower TENSOR_PARALLEL_SIZE.'],
    [demand(1, 4), 2, '1 model × 4 need 4 GPUs, this machine has 2 GPUs: set TENSOR_PARALLEL_SIZE to at most 2.'],
    [
      demand(3, 1, 'cpu'),
      0,
      '3 models × 1 need 3 CPU cores, this machine has 2 CPU cores: set NUM_MODELS to at most 2, or lower TENSOR_PARALLEL_SIZE.',
    ],
    [demand(1, 1), 0, '1 model × 1 need 1 GPU, this machine has no GPU: check nvidia-smi and CUDA_VISIBLE_DEVICES.'],
  ])('are too few for %j on %d GPUs, in a sentence with the numbers', (one, count, problem) => {
    expect(fitMachine([one], machine(gpus(count)))).toEqual({ kind: 'no-room', problem });
  });

  it('are counted over all deployments', () => {
    expect(fitMachine([demand(2, 2), demand(1, 1, 'gpu', 'math'), demand(2, 1, 'cpu', 'tiny')], machine(gpus(4)))).toEqual({
      kind: 'no-room',
      problem:
        'demo (2 × 2) and math (1 × 1) together need 5 GPUs, this machine has 4 GPUs: lower NUM_MODELS or TENSOR_PARALLEL_SIZE of one of them, or leave one out.',
    });
    expect(fitMachine([demand(1, 2), demand(2, 1, 'gpu', 'math')], machine(gpus(4)))).toEqual({ kind: 'fits', warnings: [] });
  });

  it('that stay idle are a warning', () => {
    expect(fitMachine([demand(1, 2)], machine(gpus(3)))).toEqual({
      kind: 'fits',
      warnings: ['1 of 3 GPUs stays idle: raise NUM_MODELS or TENSOR_PARALLEL_SIZE to use it.'],
    });
  });

  it('that others use are a warning once they are needed', () => {
    const busy = machine([gpu(0), gpu(1, { usedMib: 40_000 })]);

    expect(fitMachine([demand(1, 1)], busy)).toMatchObject({ warnings: [expect.stringContaining('1 of 2 GPUs stays idle')] });
    expect(fitMachine([demand(2, 1)], busy)).toMatchObject({
      warnings: [expect.stringMatching(/^GPU 1 \(40000 of 143771 MiB\): memory is in use already\./)],
    });
  });

  it('that are parts of GPUs can not be joined', () => {
    const parts = machine([gpu(0, { handle: 'MIG-1', isPart: true }), gpu(1, { handle: 'MIG-2', isPart: true })]);

    expect(fitMachine([demand(2, 1)], parts).kind).toBe('fits');
    expect(fitMachine([demand(1, 2)], parts)).toMatchObject({ problem: expect.stringContaining("parts of GPUs (MIG) can't be joined") });
  });

  it('have names, and core lists as the kernel writes them', () => {
    expect(deviceNames({ kind: 'gpu', gpus: gpus(2) })).toEqual(['gpu:0', 'gpu:1']);
    expect(parseCoreList('0-2,5,x,7-6')).toEqual([0, 1, 2, 5]);
    expect(formatCoreList([0, 1, 2, 5])).toBe('0-2,5');
  });
});
