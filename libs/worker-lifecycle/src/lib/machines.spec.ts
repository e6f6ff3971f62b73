import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { chooseGpuGroup } from './choose-gpu-group';
import type { Gpu } from './device';
import { parseGpuTopology } from './parse-gpu-topology';
import type { GpuLinks } from './parse-gpu-topology';
import { parseNvidiaSmi } from './parse-nvidia-smi';
import { visibleGpus } from './visible-gpus';

interface Found {
  readonly gpus: readonly Gpu[];
  readonly links: GpuLinks;
  readonly warnings: readonly string[];
}

/** One of the machines in test/nvidia-smi. */
function machine(name: string): Found {
  const text = readFileSync(join(__dirname, '../../test/nvidia-smi', `${name}.txt`), 'utf8');
  const section = (title: string): string => new RegExp(`^=== ${title}\\n([^]*?)(?=^=== |$(?![^]))`, 'm').exec(text)?.[1] ?? '';
  return { ...parseNvidiaSmi(section('query'), section('list')), links: parseGpuTopology(section('topology')) };
}

const handles = (gpus: readonly Gpu[] | null): string | null => gpus?.map(({ handle }) => handle).join() ?? null;

/** Groups of `size` taken one after another, as workers are placed. */
function placed({ gpus, links }: Found, size: number): (string | null)[] {
  const groups: (string | null)[] = [];
  for (let free = gpus; free.length >= size;) {
    const group = chooseGpuGroup(free, size, links);
    groups.push(handles(group));
    if (group === null) break;
    free = free.filter((gpu) => !group.includes(gpu));
  }
  return groups;
}

const FIRST_PART = 'MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f';
const SECOND_PART = 'MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb';

describe('GPUs of a machine', () => {
  it.each([
    ['one-gpu', 1, ['0']],
    ['two-gpus-one-busy', 1, ['1', '0']],
    ['two-gpus-one-busy', 2, ['0,1']],
    ['four-gpus-in-nvlink-pairs', 1, ['0', '2', '1', '3']],
    ['four-gpus-in-nvlink-pairs', 2, ['0,2', '1,3']],
    ['four-gpus-in-nvlink-pairs', 4, ['0,1,2,3']],
    ['eight-gpus-nvswitch', 4, ['0,1,2,3', '4,5,6,7']],
    ['eight-gpus-nvswitch', 3, ['0,1,2', '3,4,5']],
    ['eight-gpus-two-sockets', 2, ['0,1', '2,3', '4,5', '6,7']],
    ['eight-gpus-two-sockets', 4, ['0,1,2,3', '4,5,6,7']],
    ['two-gpus-one-in-mig-parts', 1, [FIRST_PART, SECOND_PART, '1']],
    ['two-gpus-one-in-mig-parts', 2, [null]],
    ['eight-gpus-one-lost', 1, ['0', '1', '2', '3', '4', '6', '7']],
    ['eight-gpus-one-lost', 4, ['0,1,2,3']],
    ['eight-gpus-with-nics', 4, ['0,1,2,3', '4,5,6,7']],
    ['sixteen-gpus-older-driver', 8, ['0,1,2,3,4,5,6,7', '8,9,10,11,12,13,14,15']],
    ['eight-gpus-without-links', 4, ['0,1,2,3', '4,5,6,7']],
    ['four-gpus-in-mig-parts-older-driver', 2, [null]],
    ['one-lost-nothing-else-told', 1, []],
    ['one-gpu-unified-memory', 1, ['0']],
    ['no-driver', 1, []],
  ])('%s in groups of %d: neighbours, those in use by others last', (name, size, groups) => {
    expect(placed(machine(name), size)).toEqual(groups);
  });

  it('keep neighbours together when one is taken already', () => {
    const { gpus, links } = machine('eight-gpus-two-sockets');
    const free = gpus.filter(({ handle }) => handle !== '0');

    expect(handles(chooseGpuGroup(free, 1, links))).toBe('1');
    expect(handles(chooseGpuGroup(free, 4, links))).toBe('4,5,6,7');
  });

  it('that are lost are told', () => {
    expect(machine('eight-gpus-one-lost').warnings).toEqual([expect.stringContaining('GPU is lost')]);
  });

  it('in parts are named in CUDA_VISIBLE_DEVICES by the part', () => {
    const { gpus } = machine('two-gpus-one-in-mig-parts');

    expect(gpus.map(({ name, memoryMib }) => `${name} ${memoryMib}`)).toEqual([
      'MIG 3g.20gb 20480',
      'MIG 3g.20gb 20480',
      'NVIDIA A100-SXM4-40GB 40960',
    ]);
    expect(handles(visibleGpus(gpus, `${SECOND_PART},1`))).toBe(`${SECOND_PART},1`);
    expect(handles(visibleGpus(gpus, '0'))).toBe('');
  });

  it('in parts of an older driver are named by the GPU, the instance and the part', () => {
    const { gpus } = machine('four-gpus-in-mig-parts-older-driver');

    expect(gpus).toHaveLength(8);
    expect(gpus[1]?.handle).toBe('MIG-GPU-7e10a400-aaaa-bbbb-cccc-000000000000/2/0');
  });

  it('of which nvidia-smi says nothing but that one is lost are told', () => {
    expect(machine('one-lost-nothing-else-told').warnings).toEqual([expect.stringContaining('Unable to determine the device handle')]);
  });

  it('know how fast they reach each other, and nothing else that stands in the matrix', () => {
    const speeds = (name: string): number[] => [...(machine(name).links.get('0') ?? new Map<string, number>()).values()];

    expect(speeds('eight-gpus-with-nics')).toEqual(Array.from({ length: 7 }, () => 5 + 18));
    expect(speeds('sixteen-gpus-older-driver')).toEqual(Array.from({ length: 15 }, () => 5 + 6));
    expect(speeds('eight-gpus-without-links')).toEqual(Array.from({ length: 7 }, () => 1));
    expect(speeds('one-gpu-unified-memory')).toEqual([]);
  });

  it('whose memory nobody tells have none that is known', () => {
    expect(machine('one-gpu-unified-memory').gpus).toMatchObject([{ name: 'NVIDIA GB10', memoryMib: null, usedMib: null }]);
  });

  it('have a topology that is read without an exception, whatever it is', () => {
    fc.assert(fc.property(fc.string(), (text) => parseGpuTopology(text) instanceof Map));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\t', '\n', 'GPU0', 'GPU1', 'NV4', ' X ', 'SYS')).map((words) => words.join('')),
        (text) => parseGpuTopology(text) instanceof Map,
      ),
    );
  });
});
