import type { LeaseId, SlotId } from './pool-state';

/** What happened. Every event carries the time at which it did. */
export type PoolEvent = { readonly nowMs: number } & (
  | { readonly type: 'lease-requested'; readonly leaseId: LeaseId; readonly deadlineMs: number }
  /** The one who asked does not wait any more, or is done with the slot. */
  | { readonly type: 'lease-ended'; readonly leaseId: LeaseId }
  | { readonly type: 'slot-created'; readonly slotId: SlotId }
  | { readonly type: 'slot-create-failed'; readonly slotId: SlotId }
  | { readonly type: 'slot-alive'; readonly slotId: SlotId }
  | { readonly type: 'slot-wiped'; readonly slotId: SlotId }
  /** Died, misbehaved or did not answer: whatever it was, the container is not used again. */
  | { readonly type: 'slot-lost'; readonly slotId: SlotId }
  | { readonly type: 'slot-destroyed'; readonly slotId: SlotId }
  | { readonly type: 'tick' }
  | { readonly type: 'drain' }
);

/** What is to be done about it; the outcome comes back as an event. */
export type PoolEffect =
  | { readonly type: 'create-slot'; readonly slotId: SlotId }
  | { readonly type: 'check-slot'; readonly slotId: SlotId }
  | { readonly type: 'wipe-slot'; readonly slotId: SlotId }
  | { readonly type: 'destroy-slot'; readonly slotId: SlotId }
  | { readonly type: 'grant-lease'; readonly leaseId: LeaseId; readonly slotId: SlotId }
  | { readonly type: 'reject-lease'; readonly leaseId: LeaseId; readonly reason: 'busy' | 'draining' };
