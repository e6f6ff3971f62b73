import type { DeviceGroup, DeviceInventory } from './device';

export interface PlacementRequest {
  readonly numModels: number;
  readonly tensorParallelSize: number;
}

export type Placement =
  | { readonly kind: 'placed'; readonly groups: readonly DeviceGroup[]; readonly warning: string | null }
  /** `problem`: a sentence with the numbers, and what to set. */
  | { readonly kind: 'no-room'; readonly problem: string };

/**
 * One group of devices for each copy: `numModels × tensorParallelSize` must not be more than there are. A GPU belongs to one
 * copy only, and those left over are a warning. Cores beyond the rule are shared out evenly, so that none is left idle.
 */
export function placeModels({ numModels, tensorParallelSize }: PlacementRequest, inventory: DeviceInventory): Placement {
  const devices = inventory.kind === 'gpu' ? inventory.gpus.length : inventory.cores.length;
  const noun = inventory.kind === 'gpu' ? 'GPU' : 'CPU core';
  const needed = numModels * tensorParallelSize;
  if (needed > devices) {
    const has = devices === 0 ? `has no ${noun}` : `has ${count(devices, noun)}`;
    const problem = `${count(numModels, 'model')} × ${tensorParallelSize} need ${count(needed, noun)}, this machine ${has}: `;
    return { kind: 'no-room', problem: problem + remedy(devices, tensorParallelSize) };
  }
  const groupSize = inventory.kind === 'gpu' ? () => tensorParallelSize : shareOf(devices, numModels);
  const groups: DeviceGroup[] = [];
  for (let index = 0, at = 0; index < numModels; index += 1) {
    const size = groupSize(index);
    groups.push(
      inventory.kind === 'gpu'
        ? { kind: 'gpu', gpus: inventory.gpus.slice(at, at + size) }
        : { kind: 'cpu', cores: inventory.cores.slice(at, at + size) },
    );
    at += size;
  }
  return { kind: 'placed', groups, warning: inventory.kind === 'gpu' ? idleWarning(devices - needed, devices) : null };
}

function remedy(devices: number, tensorParallelSize: number): string {
  const copies = Math.floor(devices / tensorParallelSize);
  if (copies > 0) return `set NUM_MODELS to at most ${copies}, or lower TENSOR_PARALLEL_SIZE.`;
  return devices > 0 ? `set TENSOR_PARALLEL_SIZE to at most ${devices}.` : 'check nvidia-smi and CUDA_VISIBLE_DEVICES.';
}

function idleWarning(idle: number, devices: number): string | null {
  if (idle === 0) return null;
  return `${idle} of ${count(devices, 'GPU')} ${idle === 1 ? 'stays' : 'stay'} idle: raise NUM_MODELS or TENSOR_PARALLEL_SIZE to use ${idle === 1 ? 'it' : 'them'}.`;
}

/** Sizes that differ by one at most; the first copies get the larger ones. */
function shareOf(devices: number, parts: number): (index: number) => number {
  return (index) => Math.floor(devices / parts) + (index < devices % parts ? 1 : 0);
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
