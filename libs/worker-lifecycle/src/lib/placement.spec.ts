import { deviceNames, formatCoreList, parseCoreList } from './device';
import type { DeviceInventory } from './device';
import { placeModels } from './placement';

const gpus = (count: number): DeviceInventory => ({
  kind: 'gpu',
  gpus: Array.from({ length: count }, (_, index) => ({
    handle: `${index}`,
    uuid: `GPU-${index}`,
    name: 'NVIDIA H200',
    memoryMib: 143_771,
  })),
});
const cores = (count: number): DeviceInventory => ({ kind: 'cpu', cores: Array.from({ length: count }, (_, core) => core) });

function placed(numModels: number, tensorParallelSize: number, inventory: DeviceInventory): string[][] {
  const placement = placeModels({ numModels, tensorParallelSize }, inventory);
  return placement.kind === 'placed' ? placement.groups.map(deviceNames) : [];
}

describe('placement', () => {
  it('gives each copy GPUs of its own', () => {
    expect(placed(2, 2, gpus(4))).toEqual([
      ['gpu:0', 'gpu:1'],
      ['gpu:2', 'gpu:3'],
    ]);
  });

  it.each([
    [8, 1, gpus(2), '8 models × 1 need 8 GPUs, this machine has 2 GPUs: set NUM_MODELS to at most 2, or lower TENSOR_PARALLEL_SIZE.'],
    [1, 4, gpus(2), '1 model × 4 need 4 GPUs, this machine has 2 GPUs: set TENSOR_PARALLEL_SIZE to at most 2.'],
    [
      3,
      1,
      cores(2),
      '3 models × 1 need 3 CPU cores, this machine has 2 CPU cores: set NUM_MODELS to at most 2, or lower TENSOR_PARALLEL_SIZE.',
    ],
    [1, 1, gpus(0), '1 model × 1 need 1 GPU, this machine has no GPU: check nvidia-smi and CUDA_VISIBLE_DEVICES.'],
  ])('refuses %d × %d on too few devices with the numbers', (numModels, tensorParallelSize, inventory, problem) => {
    expect(placeModels({ numModels, tensorParallelSize }, inventory)).toEqual({ kind: 'no-room', problem });
  });

  it('warns of GPUs that stay idle', () => {
    expect(placeModels({ numModels: 1, tensorParallelSize: 2 }, gpus(3))).toMatchObject({
      warning: '1 of 3 GPUs stays idle: raise NUM_MODELS or TENSOR_PARALLEL_SIZE to use it.',
    });
    expect(placeModels({ numModels: 3, tensorParallelSize: 1 }, gpus(3))).toMatchObject({ warning: null });
  });

  it('shares all cores out, as evenly as they go', () => {
    expect(placed(1, 1, cores(2))).toEqual([['cpu:0-1']]);
    expect(placed(2, 1, cores(2))).toEqual([['cpu:0'], ['cpu:1']]);
    expect(placed(3, 1, cores(8))).toEqual([['cpu:0-2'], ['cpu:3-5'], ['cpu:6-7']]);
  });

  it('reads and writes core lists as the kernel does', () => {
    expect(parseCoreList('0-2,5,x,7-6')).toEqual([0, 1, 2, 5]);
    expect(formatCoreList([0, 1, 2, 5])).toBe('0-2,5');
  });
});
