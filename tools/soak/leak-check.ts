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

/** A claim for each figure: that there is not more of it than before (of memory: not less available). */
export function claimNothingLeaked(report: SoakReport, part: string, when: string, before: HostCensus, after: HostCensus): void {
  const claim = (name: string, from: number | null | undefined, to: number | null | undefined, tolerance: number): void => {
    if (from == null || to == null) return;
    const grown = name === 'available_mib' ? from - to : to - from;
    report.claim(part, `${when}: ${name.replaceAll('_', ' ')}`, grown <= tolerance, `${from} before, ${to} after (allowed: ${tolerance})`);
  };
  for (const [name, tolerance] of Object.entries(TOLERANCE))
    claim(name, before[name as keyof typeof TOLERANCE], after[name as keyof typeof TOLERANCE], tolerance);
  for (const [name, tolerance] of Object.entries(SERVER_TOLERANCE)) {
    const key = name as keyof typeof SERVER_TOLERANCE;
    claim(`tool server: ${name}`, before.server?.[key], after.server?.[key], tolerance);
  }
}
