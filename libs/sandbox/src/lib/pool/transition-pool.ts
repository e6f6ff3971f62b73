import { assertNever } from '@interleave/kernel';
import { PoolDraft } from './pool-draft';
import type { PoolEffect, PoolEvent } from './pool-event';
import type { PoolState } from './pool-state';

export interface PoolTransition {
  readonly state: PoolState;
  readonly effects: readonly PoolEffect[];
}

/**
 * Events in, effects out. An event about a slot that is not in the state it speaks of is late news, and ignored.
 * After every event ready slots meet waiting leases, first come first served, and what is missing is created.
 */
export function transitionPool(state: PoolState, event: PoolEvent): PoolTransition {
  const draft = new PoolDraft(state, event.nowMs);
  apply(draft, event);
  draft.settle();
  return draft.finish();
}

function apply(draft: PoolDraft, event: PoolEvent): void {
  switch (event.type) {
    case 'lease-requested':
      return draft.request(event.leaseId, event.deadlineMs);
    case 'lease-ended':
      return draft.endLease(event.leaseId);
    case 'slot-created':
      return draft.created(event.slotId, event.durationMs);
    case 'slot-create-failed':
      return draft.createFailed(event.slotId, event.jitter);
    case 'slot-alive':
      return draft.alive(event.slotId);
    case 'slot-wiped':
      return draft.wiped(event.slotId);
    case 'slot-lost':
      return draft.lose(event.slotId);
    case 'slot-destroyed':
      return draft.gone(event.slotId);
    case 'tick':
      draft.learnMemory(event.memoryAvailableBytes);
      draft.expireWaiters();
      return draft.tendIdle();
    case 'drain':
      return draft.drain();
    default:
      assertNever(event);
  }
}
