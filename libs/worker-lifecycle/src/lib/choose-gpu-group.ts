import type { Gpu } from './device';
import type { GpuLinks } from './parse-gpu-topology';

/** Beyond this many GPUs not every group is looked at. */
const MAX_GPUS_COMPARED = 16;

/**
 * GPUs for one copy: those that nobody else uses; of these the ones with the fastest slowest link among them, for that one sets the
 * pace; among equals those that leave the others their fast links, then the first. Null where there are too few. Parts of a GPU (MIG) work alone only.
 */
export function chooseGpuGroup(free: readonly Gpu[], count: number, links: GpuLinks): Gpu[] | null {
  const able = count === 1 ? free : free.filter(({ isPart }) => !isPart);
  if (able.length < count || count === 0) return null;
  if (able.length > MAX_GPUS_COMPARED) return able.slice(0, count);
  let best: { readonly group: Gpu[]; readonly score: readonly number[] } | null = null;
  for (const group of groupsOf(able, count)) {
    const within = pairsOf(group).map(([left, right]) => linkOf(links, left, right));
    const broken = able
      .filter((gpu) => !group.includes(gpu))
      .reduce((total, other) => total + group.reduce((sum, gpu) => sum + linkOf(links, gpu, other), 0), 0);
    const score = [
      -group.filter(isInUse).length,
      within.length === 0 ? 0 : Math.min(...within),
      within.reduce((sum, link) => sum + link, 0),
      -broken,
    ];
    if (best === null || isBetter(score, best.score)) best = { group, score };
  }
  return best?.group ?? null;
}

/** A driver keeps some memory on every GPU; what is beyond that is somebody's program. */
export function isInUse({ usedMib, memoryMib }: Gpu): boolean {
  return usedMib !== null && memoryMib !== null && usedMib > memoryMib * 0.05;
}

function linkOf(links: GpuLinks, left: Gpu, right: Gpu): number {
  return links.get(left.handle)?.get(right.handle) ?? 0;
}

function isBetter(score: readonly number[], than: readonly number[]): boolean {
  const at = score.findIndex((value, index) => value !== than[index]);
  return at >= 0 && (score[at] ?? 0) > (than[at] ?? 0);
}

function pairsOf(group: readonly Gpu[]): [Gpu, Gpu][] {
  return group.flatMap((left, index) => group.slice(index + 1).map((right): [Gpu, Gpu] => [left, right]));
}

function* groupsOf(gpus: readonly Gpu[], count: number, from = 0): Generator<Gpu[]> {
  if (count === 0) return yield [];
  for (let index = from; index <= gpus.length - count; index += 1) {
    for (const rest of groupsOf(gpus, count - 1, index + 1)) yield [gpus[index] as Gpu, ...rest];
  }
}
