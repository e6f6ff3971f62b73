import type { ModelPoolSettings } from '@interleave/settings';
import type { WorkerPolicy } from '@interleave/worker-lifecycle';

const SECOND_MS = 1_000;

export function workerPolicyOf(settings: ModelPoolSettings): WorkerPolicy {
  return {
    startingProbeIntervalMs: Math.min(0.5, settings.probeInterval) * SECOND_MS,
    readyProbeIntervalMs: settings.probeInterval * SECOND_MS,
    hungAfterFailedProbes: settings.probeFailures,
    startTimeoutMs: settings.startTimeout * SECOND_MS,
    stopTimeoutMs: settings.stopTimeout * SECOND_MS,
    stableAfterMs: 60 * SECOND_MS,
    restart: { firstDelayMs: settings.restartDelay * SECOND_MS, maxDelayMs: 60 * SECOND_MS, maxCrashes: settings.maxRestarts },
  };
}
