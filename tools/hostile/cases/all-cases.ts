import { CPU_AND_TIME } from './a-cpu-and-time';
import { MEMORY } from './b-memory';
import { PROCESSES } from './c-processes';
import { FILES } from './d-files';
import { NETWORK } from './e-network';
import { KERNEL } from './f-kernel';
import { OUTPUT } from './g-output';
import { SESSIONS } from './h-sessions';
import type { HostileCase } from './hostile-case';
import { CHECKPOINTS } from './t-checkpoints';

/** Ordered by row: a case's number is its place in its row. */
export const ALL_CASES: readonly HostileCase[] = [
  ...CPU_AND_TIME,
  ...MEMORY,
  ...PROCESSES,
  ...FILES,
  ...NETWORK,
  ...KERNEL,
  ...OUTPUT,
  ...SESSIONS,
  ...CHECKPOINTS,
];
