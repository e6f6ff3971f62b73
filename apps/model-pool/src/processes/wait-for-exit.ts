import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessGroup } from './process-group';

/** Ends when the leader has: for processes that are not our children, of whose end nobody tells. */
export async function waitForExit(group: ProcessGroup, pollMs: number): Promise<void> {
  while (group.isLeaderAlive()) await sleep(pollMs, undefined, { ref: false });
}
