import type { ModelPoolSettings } from '@interleave/settings';
import { startDeadlineMs } from '@interleave/worker-lifecycle';
import type { WorkerPolicy } from '@interleave/worker-lifecycle';

const SECOND_MS = 1_000;

/** @param modelBytes asked at each start; null where nobody knows */
export function workerPolicyOf(settings: ModelPoolSettings, modelBytes: () => number | null): WorkerPolicy {
  return {
    startingProbeIntervalMs: Math.min(0.5, settings.probeInterval) * SECOND_MS,
    readyProbeIntervalMs: settings.probeInterval * SECOND_MS,
    hungAfterFailedProbes: settings.probeFailures,
    get startTimeoutMs() {
      return settings.startTimeout === undefined ? startDeadlineMs(modelBytes()) : settings.startTimeout * SECOND_MS;
    },
    stopTimeoutMs: settings.stopTimeout * SECOND_MS,
    sleepTimeoutMs: settings.sleepTimeout * SECOND_MS,
    stableAfterMs: 60 * SECOND_MS,
    restart: { firstDelayMs: settings.restartDelay * SECOND_MS, maxDelayMs: 60 * SECOND_MS, maxCrashes: settings.maxRestarts },
  };
}
