import type { Gpu } from './device';

/** Arguments for which `parseNvidiaSmi` reads the output. */
export const NVIDIA_SMI_QUERY = [
  '--query-gpu=index,uuid,name,memory.total,memory.used,mig.mode.current',
  '--format=csv,noheader,nounits',
] as const;

/** Arguments for which `parseNvidiaSmi` reads the second output: it alone lists the parts of GPUs (MIG). */
export const NVIDIA_SMI_LIST = ['-L'] as const;

export interface GpuFindings {
  readonly gpus: readonly Gpu[];
  /** Sentences on GPUs that can't be used. */
  readonly warnings: readonly string[];
}

/**
 * The GPUs of a machine. One a line: `0, GPU-5a2c…, NVIDIA H200, 143771, 4, Disabled`. A GPU in parts (MIG) stands for its parts. Lines of
 * another form (messages of the driver) are left out; those that tell of a lost GPU become warnings.
 */
export function parseNvidiaSmi(query: string, list = ''): GpuFindings {
  const parts = partsOf(list);
  const gpus: Gpu[] = [];
  const warnings: string[] = [];
  for (const line of query.split('\n')) {
    if (isLost(line)) warnings.push(`A GPU can't be used, nvidia-smi says: ${line.trim().slice(0, 200)}`);
    const match = /^\s*(\d+)\s*,\s*(GPU-[\w-]+)\s*,\s*(.*)$/.exec(line);
    if (!match || isLost(line)) continue;
    const [, handle = '', uuid = '', rest = ''] = match;
    // Counted from the end: a name may hold commas.
    const fields = rest.split(',').map((field) => field.trim());
    const [total = '', used = '', mig = ''] = fields.slice(-3);
    const name = fields.slice(0, -3).join(', ');
    if (mig !== 'Enabled') {
      gpus.push({ handle, uuid, name, memoryMib: mebibytes(total), usedMib: mebibytes(used), isPart: false });
      continue;
    }
    const own = parts.get(uuid) ?? [];
    if (own.length === 0)
      warnings.push(`GPU ${handle} is in MIG mode and has no parts: make some with nvidia-smi mig, or turn the mode off.`);
    gpus.push(...own);
  }
  return { gpus, warnings };
}

/** `GPU 0: NVIDIA A100 (UUID: GPU-…)`, and below it `  MIG 1g.5gb Device 0: (UUID: MIG-…)`. */
function partsOf(list: string): Map<string, Gpu[]> {
  const parts = new Map<string, Gpu[]>();
  let whole = '';
  for (const line of list.split('\n')) {
    whole = /^GPU \d+: .*\(UUID: (GPU-[\w-]+)\)/.exec(line)?.[1] ?? whole;
    const [, profile, uuid] = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[\w/-]+)\)/.exec(line) ?? [];
    if (profile === undefined || uuid === undefined) continue;
    const gibibytes = /\.(\d{1,4})gb/.exec(profile)?.[1];
    const memoryMib = gibibytes === undefined ? null : Number(gibibytes) * 1024;
    parts.set(whole, [...(parts.get(whole) ?? []), { handle: uuid, uuid, name: `MIG ${profile}`, memoryMib, usedMib: null, isPart: true }]);
  }
  return parts;
}

function isLost(line: string): boolean {
  return /GPU is lost|\[Unknown Error\]|Unable to determine the device handle|fallen off the bus/i.test(line);
}

function mebibytes(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
