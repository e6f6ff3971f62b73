import type { WorkerStatus } from './worker-state';

/**
 * The worker to be woken for a request that waits, among those that may serve it; null where one serves or is waking already, and where
 * none sleeps. One that only starts does not count: that takes longer.
 */
export function chooseToWake<Worker extends { readonly status: WorkerStatus }>(workers: readonly Worker[]): Worker | null {
  if (workers.some(({ status }) => status === 'ready' || status === 'waking')) return null;
  return workers.find(({ status }) => status === 'asleep') ?? workers.find(({ status }) => status === 'falling-asleep') ?? null;
}
