import { expectedCreationMs, isInTrouble } from './engine-health';
import type { PoolState, Slot } from './pool-state';
import { tallySlots } from './slot-tally';
import type { SlotTally } from './slot-tally';
import { expectedIntervalMs } from './turnover';

const DEFAULT_RETRY_MS = 2000;
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

export function tallyPool(state: PoolState, nowMs: number): SlotTally {
  return tallySlots(state.slots.values(), nowMs - state.policy.slowCreateMs);
}

/** Whether one creation at a time finds out if the engine is well again. */
export function isBreakerOpen(state: PoolState, nowMs: number): boolean {
  return isInTrouble(state.engine, tallyPool(state, nowMs).stalled, state.policy);
}

/** How many slots are to be created now. */
export function creationsWanted(state: PoolState, tally: SlotTally, nowMs: number): number {
  const { policy, engine, slots, memoryRoom } = state;
  if (nowMs < engine.createAgainAtMs) return 0;
  const atOnce = isInTrouble(engine, tally.stalled, policy) ? 1 : policy.maxCreating;
  // However little memory there is: without any slot there is no service.
  const affordable = slots.size === 0 ? Math.max(1, memoryRoom) : memoryRoom;
  return Math.min(missing(state, tally, nowMs), policy.maxSlots - slots.size, atOnce - tally.creating, affordable);
}

/** How many slots should be ready beyond those in use. */
export function reserveOf({ policy }: PoolState, { inUse }: SlotTally): number {
  return Math.max(policy.targetIdle, Math.ceil(inUse * policy.reserveShare));
}

export function isOld({ policy }: PoolState, slot: Slot, nowMs: number): boolean {
  return nowMs - slot.createdAtMs >= policy.maxAgeMs;
}

/** How long one who came now would wait, as far as one can tell. */
export function expectedWaitMs({ queue, turnover, engine, policy, slots }: PoolState, nowMs: number): number {
  const isMadeAnew = slots.size < policy.maxSlots || policy.maxUses === 1;
  const creationMs = isMadeAnew ? expectedCreationMs(engine) / policy.maxCreating : Infinity;
  const intervalMs = Math.min(expectedIntervalMs(turnover, nowMs), creationMs);
  if (intervalMs === Infinity) return DEFAULT_RETRY_MS;
  return Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, Math.ceil((queue.length + 1) * intervalMs)));
}

/**
 * While leases wait, slots are made for those who would wait longer than that takes: one that comes back in milliseconds serves more
 * than one that takes a second of the processor to make. While none waits, the reserve is filled up.
 */
function missing(state: PoolState, tally: SlotTally, nowMs: number): number {
  const { queue, turnover, engine } = state;
  const coming = tally.creating + tally.wiping + tally.resting;
  if (queue.length === 0) return reserveOf(state, tally) - coming - tally.idle.filter((slot) => !isOld(state, slot, nowMs)).length;
  const intervalMs = tally.inUse + tally.wiping === 0 ? Infinity : expectedIntervalMs(turnover, nowMs);
  return queue.length - coming - Math.floor(expectedCreationMs(engine) / Math.max(intervalMs, 1e-3));
}
