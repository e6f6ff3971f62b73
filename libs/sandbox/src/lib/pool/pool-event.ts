import type { LeaseId, SlotId } from './pool-state';

/** What happened. Every event carries the time at which it did. */
export type PoolEvent = { readonly nowMs: number } & (
  | { readonly type: 'lease-requested'; readonly leaseId: LeaseId; readonly deadlineMs: number }
  /** The one who asked does not wait any more, or is done with the slot. */
  | { readonly type: 'lease-ended'; readonly leaseId: LeaseId }
  | { readonly type: 'slot-created'; readonly slotId: SlotId; readonly durationMs: number }
  /** `jitter`: a random number from 0 to 1. */
  | { readonly type: 'slot-create-failed'; readonly slotId: SlotId; readonly jitter: number }
  | { readonly type: 'slot-alive'; readonly slotId: SlotId }
  | { readonly type: 'slot-wiped'; readonly slotId: SlotId }
  /** Died, misbehaved or did not answer: whatever it was, the container is not used again. */
  | { readonly type: 'slot-lost'; readonly slotId: SlotId }
  | { readonly type: 'slot-destroyed'; readonly slotId: SlotId }
  /** `memoryAvailableBytes`: what the machine could give to new processes without swapping; null where nobody knows. */
  | { readonly type: 'tick'; readonly memoryAvailableBytes: number | null }
  | { readonly type: 'drain' }
);

/** What is to be done about it; the outcome comes back as an event. */
export type PoolEffect =
  | { readonly type: 'create-slot'; readonly slotId: SlotId }
  | { readonly type: 'check-slot'; readonly slotId: SlotId }
  | { readonly type: 'wipe-slot'; readonly slotId: SlotId }
  | { readonly type: 'destroy-slot'; readonly slotId: SlotId }
  | { readonly type: 'grant-lease'; readonly leaseId: LeaseId; readonly slotId: SlotId }
  | {
      readonly type: 'reject-lease';
      readonly leaseId: LeaseId;
      /** `queue-full`: refused at once; `deadline`: waited for as long as it wanted to. */
      readonly reason: 'queue-full' | 'deadline' | 'draining';
      /** When a slot may be free for one who asks again. */
      readonly retryAfterMs: number;
    };
