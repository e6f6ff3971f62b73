import type { Gpu } from './device';

/** Arguments for which `parseNvidiaSmi` reads the output. */
export const NVIDIA_SMI_QUERY = ['--query-gpu=index,uuid,name,memory.total', '--format=csv,noheader,nounits'] as const;

/** One GPU a line: `0, GPU-5a2c…, NVIDIA H200, 143771`. Lines of another form (warnings of the driver) are left out. */
export function parseNvidiaSmi(output: string): Gpu[] {
  return output.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s*,\s*(GPU-[\w-]+)\s*,\s*(.*?)\s*,\s*([^,]*?)\s*$/.exec(line);
    if (!match) return [];
    const [, handle = '', uuid = '', name = '', memory = ''] = match;
    return [{ handle, uuid, name, memoryMib: /^\d+$/.test(memory) ? Number(memory) : null }];
  });
}
