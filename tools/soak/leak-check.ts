import { containersOf } from '../harness/sandbox-containers';
import type { HostCensus } from './host-census';
import type { SoakReport } from './soak-report';

/** How much more of something there may be afterwards: memory is never given back to the last byte, other programs come and go. */
const TOLERANCE = {
  available_mib: 512,
  processes: 16,
  mounts: 2,
  dev_shm_files: 0,
  shims: 0,
  engine_descriptors: 24,
  engine_mib: 128,
} as const;
const SERVER_TOLERANCE = { containers: 0, descriptors: 12, resident_mib: 128 } as const;

/**
 * A claim for each figure: that there is not more of it than before (of memory: not less available). What others do with the engine at the
 * same time shows in the machine's figures too, so those are only judged when nobody else has containers.
 */
export function claimNothingLeaked(report: SoakReport, part: string, when: string, before: HostCensus, after: HostCensus): void {
  const others = Math.max(before.foreign_shims, after.foreign_shims);
  const claim = (
    name: string,
    from: number | null | undefined,
    to: number | null | undefined,
    tolerance: number,
    isOurs: boolean,
  ): void => {
    if (from == null || to == null) return;
    const grown = name === 'available_mib' ? from - to : to - from;
    const isTrue = grown <= tolerance ? true : isOurs || others === 0 ? false : null;
    const doubt = isTrue === null ? `; others have ${others} containers, so this can't be judged` : '';
    report.claim(part, `${when}: ${name.replaceAll('_', ' ')}`, isTrue, `${from} before, ${to} after (allowed: ${tolerance} more)${doubt}`);
  };
  for (const key of keysOf(TOLERANCE)) claim(key, before[key], after[key], TOLERANCE[key], false);
  for (const key of keysOf(SERVER_TOLERANCE))
    claim(`tool server: ${key}`, before.server?.[key], after.server?.[key], SERVER_TOLERANCE[key], true);
}

/** After a tool server has ended nothing that carries its label may be there. */
export async function claimNoContainers(report: SoakReport, part: string, instance: string | null | undefined): Promise<void> {
  if (instance == null) return;
  const left = await containersOf(instance);
  report.claim(part, 'after its end: containers of its own', left.length === 0, `${left.length} left`);
}

function keysOf<Key extends string>(record: Readonly<Record<Key, number>>): readonly Key[] {
  return Object.keys(record) as Key[];
}
