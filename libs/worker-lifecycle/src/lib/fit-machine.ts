import { isInUse } from './choose-gpu-group';
import type { DeviceDemand, Machine } from './device';

/** Copies of one deployment, and what each of them needs. */
export interface CopiesDemand {
  readonly name: string;
  readonly copies: number;
  readonly demand: DeviceDemand;
}

export type Fit =
  | { readonly kind: 'fits'; readonly warnings: readonly string[] }
  /** `problem`: a sentence with the numbers, and what to set. */
  | { readonly kind: 'no-room'; readonly problem: string };

/**
 * Whether all of them run at once: the sum of copies × tensor parallel size must not be more than the devices there are.
 * @param parameter that says how many copies there are
 */
export function fitMachine(demands: readonly CopiesDemand[], machine: Machine, parameter = 'NUM_MODELS'): Fit {
  for (const kind of ['gpu', 'cpu'] as const) {
    const problem = problemOf(
      demands.filter(({ demand, copies }) => demand.kind === kind && copies > 0),
      kind,
      machine,
      parameter,
    );
    if (problem !== null) return { kind: 'no-room', problem };
  }
  return { kind: 'fits', warnings: placementWarnings(demands, machine) };
}

function problemOf(demands: readonly CopiesDemand[], kind: DeviceDemand['kind'], machine: Machine, parameter: string): string | null {
  const noun = kind === 'gpu' ? 'GPU' : 'CPU core';
  const devices = kind === 'gpu' ? machine.gpus.length : machine.cores.length;
  const needed = needOf(demands);
  const [first] = demands;
  if (!first) return null;
  if (needed > devices) {
    const who =
      demands.length === 1
        ? `${count(first.copies, 'model')} × ${first.demand.count} need`
        : `${demands.map(({ name, copies, demand }) => `${name} (${copies} × ${demand.count})`).join(' and ')} together need`;
    const has = devices === 0 ? `has no ${noun}` : `has ${count(devices, noun)}`;
    return `${who} ${count(needed, noun)}, this machine ${has}: ${remedy(demands, devices, parameter)}`;
  }
  const joined = demands.filter(({ demand }) => kind === 'gpu' && demand.count > 1);
  const whole = machine.gpus.filter(({ isPart }) => !isPart).length;
  if (needOf(joined) <= whole) return null;
  return `TENSOR_PARALLEL_SIZE is ${joined[0]?.demand.count}, but parts of GPUs (MIG) can't be joined and ${count(whole, 'whole GPU')} ${whole === 1 ? 'is' : 'are'} visible: set it to 1.`;
}

function remedy(demands: readonly CopiesDemand[], devices: number, parameter: string): string {
  if (demands.length > 1 || !demands[0]) return `lower ${parameter} or TENSOR_PARALLEL_SIZE of one of them, or leave one out.`;
  const { count: size } = demands[0].demand;
  const copies = Math.floor(devices / size);
  if (copies > 0) return `set ${parameter} to at most ${copies}, or lower TENSOR_PARALLEL_SIZE.`;
  return devices > 0 ? `set TENSOR_PARALLEL_SIZE to at most ${devices}.` : 'check nvidia-smi and CUDA_VISIBLE_DEVICES.';
}

/** What these copies leave idle, or may find taken. */
export function placementWarnings(demands: readonly CopiesDemand[], { gpus }: Machine): string[] {
  const onGpus = demands.filter(({ demand }) => demand.kind === 'gpu');
  if (onGpus.length === 0) return [];
  const idle = gpus.length - needOf(onGpus);
  const inUse = gpus.filter(isInUse);
  return [
    ...(idle > 0
      ? [
          `${idle} of ${count(gpus.length, 'GPU')} ${idle === 1 ? 'stays' : 'stay'} idle: raise NUM_MODELS or TENSOR_PARALLEL_SIZE to use ${idle === 1 ? 'it' : 'them'}.`,
        ]
      : []),
    ...(inUse.length > idle
      ? [
          `${inUse.map(({ handle, usedMib, memoryMib }) => `GPU ${handle} (${usedMib} of ${memoryMib} MiB)`).join(', ')}: memory is in use already. If that isn't a worker of this pool, it may fail there: stop what uses it, leave it out with CUDA_VISIBLE_DEVICES, or lower GPU_MEMORY_UTILIZATION.`,
        ]
      : []),
  ];
}

function needOf(demands: readonly CopiesDemand[]): number {
  return demands.reduce((total, { copies, demand }) => total + copies * demand.count, 0);
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
