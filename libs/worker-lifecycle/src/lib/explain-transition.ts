import { assertNever } from '@interleave/kernel';
import type { WorkerEvent } from './worker-event';

/** Why a worker changed its state, in the words of a sentence. */
export function explainTransition(event: WorkerEvent): string {
  switch (event.type) {
    case 'start-requested':
    case 'stop-requested':
    case 'sleep-requested':
    case 'wake-requested':
      return event.because;
    case 'adopted':
      return 'found alive after an end of model-pool';
    case 'launched':
      return 'its process runs';
    case 'launch-failed':
      return 'its process could not be started';
    case 'probe-succeeded':
      return event.facts.sleepLevel === null ? 'it answered a probe' : 'it says that it sleeps';
    case 'probe-failed':
      return 'it did not answer probes';
    case 'exited':
      return 'its process ended';
    case 'fell-asleep':
      return 'its engine sleeps';
    case 'sleep-refused':
      return 'its engine refused to sleep';
    case 'sleep-failed':
      return 'its engine failed to fall asleep';
    case 'woke-up':
      return 'its engine is awake';
    case 'wake-failed':
      return 'its engine failed to wake up';
    case 'sleep-doubted':
      return 'its metrics say something else of its sleep';
    case 'drained':
      return 'its last request has ended';
    case 'drain-deadline':
      return 'the time for draining is over (DRAIN_TIMEOUT)';
    case 'start-deadline':
      return 'it was not ready in time (START_TIMEOUT)';
    case 'stop-deadline':
      return 'it did not end in time (STOP_TIMEOUT)';
    case 'sleep-deadline':
      return 'it did not fall asleep in time (SLEEP_TIMEOUT)';
    case 'wake-deadline':
      return 'it did not wake up in time (SLEEP_TIMEOUT)';
    case 'backoff-elapsed':
      return 'the time between two starts is over';
    case 'stable':
      return 'it served long enough';
    default:
      return assertNever(event);
  }
}
