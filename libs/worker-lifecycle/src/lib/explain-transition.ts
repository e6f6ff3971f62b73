import { assertNever } from '@interleave/kernel';
import type { WorkerEvent } from './worker-event';

/** Why a worker changed its state, in the words of a sentence. `wish`: why somebody asked for the last start or stop. */
export function explainTransition(event: WorkerEvent, wish: string): string {
  switch (event.type) {
    case 'start-requested':
    case 'stop-requested':
      return wish;
    case 'adopted':
      return 'found alive after an end of model-pool';
    case 'launched':
      return 'its process runs';
    case 'launch-failed':
      return 'its process could not be started';
    case 'probe-succeeded':
      return 'it answered a probe';
    case 'probe-failed':
      return 'it did not answer probes';
    case 'exited':
      return 'its process ended';
    case 'drained':
      return 'its last request has ended';
    case 'drain-deadline':
      return 'the time for draining is over (DRAIN_TIMEOUT)';
    case 'start-deadline':
      return 'it was not ready in time (START_TIMEOUT)';
    case 'stop-deadline':
      return 'it did not end in time (STOP_TIMEOUT)';
    case 'backoff-elapsed':
      return 'the time between two starts is over';
    case 'stable':
      return 'it served long enough';
    default:
      return assertNever(event);
  }
}
