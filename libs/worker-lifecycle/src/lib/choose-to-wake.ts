import type { WorkerStatus } from './worker-state';

/**
 * The worker to be woken for a request that waits, among those that may serve it; null where one serves or is waking already, and where
 * none sleeps. One that only starts does not count: that takes longer.
 * @param isQueued requests wait on all of those that serve
 */
export function chooseToWake<Worker extends { readonly status: WorkerStatus }>(
  workers: readonly Worker[],
  isQueued: boolean,
): Worker | null {
  if (workers.some(({ status }) => status === 'waking' || (status === 'ready' && !isQueued))) return null;
  return workers.find(({ status }) => status === 'asleep') ?? workers.find(({ status }) => status === 'falling-asleep') ?? null;
}
