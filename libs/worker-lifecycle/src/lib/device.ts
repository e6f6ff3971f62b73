import type { GpuLinks } from './parse-gpu-topology';

export interface Gpu {
  /** What CUDA_VISIBLE_DEVICES calls it: an index in bus order, or a UUID for a part of a GPU (MIG). */
  readonly handle: string;
  readonly uuid: string;
  readonly name: string;
  readonly memoryMib: number | null;
  /** What was in use when it was looked at, by whomever. */
  readonly usedMib: number | null;
  /** A part of a GPU (MIG). */
  readonly isPart: boolean;
}

/** What a machine has to run models on. */
export interface Machine {
  /** Those that may be used. */
  readonly gpus: readonly Gpu[];
  readonly links: GpuLinks;
  readonly cores: readonly number[];
}

/** What one copy of a model asks for: so many GPUs, or CPU cores. */
export interface DeviceDemand {
  readonly kind: 'gpu' | 'cpu';
  readonly count: number;
}

/** The devices of one copy of a model. */
export type DeviceGroup =
  { readonly kind: 'gpu'; readonly gpus: readonly Gpu[] } | { readonly kind: 'cpu'; readonly cores: readonly number[] };

/** Names of the devices in the worker table: `gpu:0`, or `cpu:0-3` for cores. */
export function deviceNames(group: DeviceGroup): string[] {
  return group.kind === 'gpu' ? group.gpus.map(({ handle }) => `gpu:${handle}`) : [`cpu:${formatCoreList(group.cores)}`];
}

/** `[0, 1, 2, 5]` → `0-2,5`, as the kernel writes it. */
export function formatCoreList(cores: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const core of cores) {
    const last = ranges.at(-1);
    if (last && core === last[1] + 1) last[1] = core;
    else ranges.push([core, core]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/** `0-2,5` → `[0, 1, 2, 5]`; anything else in the list is left out. */
export function parseCoreList(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    if (!match) return [];
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, offset) => from + offset);
  });
}
