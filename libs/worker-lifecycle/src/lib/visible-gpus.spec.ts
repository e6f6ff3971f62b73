import fc from 'fast-check';
import { parseNvidiaSmi } from './parse-nvidia-smi';
import { visibleGpus } from './visible-gpus';

const output = [
  '0, GPU-5a2c1f00-aaaa-bbbb-cccc-000000000001, NVIDIA H200, 143771, 4, Disabled',
  '1, GPU-5a2c1f00-aaaa-bbbb-cccc-000000000002, NVIDIA H200, [N/A], [N/A], [N/A]',
  '2, GPU-77777777-aaaa-bbbb-cccc-000000000003, NVIDIA RTX A6000, Ada, 49140, 12, Disabled',
  '',
].join('\n');
const { gpus } = parseNvidiaSmi(output);
const handles = (value: string | undefined): string[] => visibleGpus(gpus, value).map(({ handle }) => handle);

describe('the list of nvidia-smi', () => {
  it('is read line by line, whatever the name holds', () => {
    expect(gpus).toEqual([
      { handle: '0', uuid: 'GPU-5a2c1f00-aaaa-bbbb-cccc-000000000001', name: 'NVIDIA H200', memoryMib: 143_771, usedMib: 4, isPart: false },
      { handle: '1', uuid: 'GPU-5a2c1f00-aaaa-bbbb-cccc-000000000002', name: 'NVIDIA H200', memoryMib: null, usedMib: null, isPart: false },
      {
        handle: '2',
        uuid: 'GPU-77777777-aaaa-bbbb-cccc-000000000003',
        name: 'NVIDIA RTX A6000, Ada',
        memoryMib: 49_140,
        usedMib: 12,
        isPart: false,
      },
    ]);
  });

  it('has no GPU in a message of the driver', () => {
    expect(parseNvidiaSmi('NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.\n').gpus).toEqual([]);
  });

  it('is read without an exception, whatever it is', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (query, list) => Array.isArray(parseNvidiaSmi(query, list).gpus)));
  });
});

describe('CUDA_VISIBLE_DEVICES', () => {
  it.each([
    [undefined, ['0', '1', '2']],
    ['', []],
    ['-1', []],
    ['1,0', ['1', '0']],
    ['GPU-77777777-aaaa-bbbb-cccc-000000000003', ['2']],
    ['GPU-777', ['2']],
    ['GPU-5a2c', []],
    ['0,9,1', ['0']],
    ['0,0,1', ['0']],
    ['MIG-12ab', ['MIG-12ab']],
  ])('%j leaves what CUDA would leave', (value, expected) => {
    expect(handles(value)).toEqual(expected);
  });
});
