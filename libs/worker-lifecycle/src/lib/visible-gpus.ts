import type { Gpu } from './device';

/**
 * The GPUs that CUDA_VISIBLE_DEVICES leaves, in its order, by index, UUID or the beginning of a UUID. As CUDA has it: an empty
 * value hides all of them, and everything from the first entry on that names none is ignored. Parts of a GPU (`MIG-…`) that aren't
 * in the list are taken as they are: an older driver names them otherwise.
 */
export function visibleGpus(gpus: readonly Gpu[], cudaVisibleDevices: string | undefined): Gpu[] {
  if (cudaVisibleDevices === undefined) return [...gpus];
  const visible: Gpu[] = [];
  for (const entry of cudaVisibleDevices.split(',').map((part) => part.trim())) {
    const gpu = gpuNamed(entry, gpus);
    if (!gpu || visible.some(({ handle }) => handle === gpu.handle)) break;
    visible.push(gpu);
  }
  return visible;
}

function gpuNamed(entry: string, gpus: readonly Gpu[]): Gpu | undefined {
  const listed = gpus.find(({ handle }) => handle === entry);
  if (listed) return listed;
  if (/^MIG-\S+$/.test(entry)) return gpus.length > 0 ? unlistedPart(entry) : undefined;
  if (/^\d+$/.test(entry)) return gpus.find(({ handle }) => handle === String(Number(entry)));
  const matches = entry.startsWith('GPU-') ? gpus.filter(({ uuid }) => uuid.startsWith(entry)) : [];
  return matches.length === 1 ? matches[0] : undefined;
}

function unlistedPart(uuid: string): Gpu {
  return { handle: uuid, uuid, name: 'part of a GPU (MIG)', memoryMib: null, usedMib: null, isPart: true };
}
