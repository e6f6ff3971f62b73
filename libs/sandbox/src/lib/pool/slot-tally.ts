import type { IdleSlot, Slot } from './pool-state';

/** The slots of a pool by what they are doing. */
export interface SlotTally {
  readonly idle: readonly IdleSlot[];
  /** Being asked for a sign of life, promised to nobody. */
  readonly resting: number;
  readonly inUse: number;
  readonly creating: number;
  /** Of those: slower than they should be. */
  readonly stalled: number;
  readonly wiping: number;
}

/** @param slowSinceMs a creation that began before this is stalled */
export function tallySlots(slots: Iterable<Slot>, slowSinceMs: number): SlotTally {
  const idle: IdleSlot[] = [];
  const tally = { resting: 0, inUse: 0, creating: 0, stalled: 0, wiping: 0 };
  for (const slot of slots) {
    if (slot.status === 'idle') idle.push(slot);
    else if (slot.status === 'leased' || isPromised(slot)) tally.inUse += 1;
    else if (slot.status === 'checking') tally.resting += 1;
    else if (slot.status === 'wiping') tally.wiping += 1;
    else if (slot.status === 'creating') {
      tally.creating += 1;
      if (slot.createdAtMs < slowSinceMs) tally.stalled += 1;
    }
  }
  return { idle, ...tally };
}

/** Most recently used first: its memory is warm, and those not needed come to rest. */
export function byRecency(one: IdleSlot, other: IdleSlot): number {
  return other.idleSinceMs - one.idleSinceMs;
}

/** Those that are ready first, the most recently used of them before the others; then those that get ready, the one that began first. */
export function byReadiness(nowMs: number, settleMs: number): (one: IdleSlot, other: IdleSlot) => number {
  const isReady = ({ idleSinceMs }: IdleSlot) => nowMs - idleSinceMs >= settleMs;
  return (one, other) => {
    if (isReady(one) !== isReady(other)) return isReady(one) ? -1 : 1;
    return isReady(one) ? byRecency(one, other) : byRecency(other, one);
  };
}

function isPromised(slot: Slot): boolean {
  return slot.status === 'checking' && slot.waiter !== null;
}
