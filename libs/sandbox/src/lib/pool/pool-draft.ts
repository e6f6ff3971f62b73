import { afterCreation, afterFailure } from './engine-health';
import { creationsWanted, expectedWaitMs, isOld, reserveOf, tallyPool } from './pool-demand';
import type { PoolEffect } from './pool-event';
import type { CheckedSlot, IdleSlot, LeaseId, PoolState, Slot, SlotId, Waiter } from './pool-state';
import { byReadiness, byRecency } from './slot-tally';
import type { SlotTally } from './slot-tally';
import { afterReturn } from './turnover';

type Mutable<State> = { -readonly [Key in keyof State]: State[Key] };

/** A state under construction, and the moves that keep its rules. What no move touches is shared with the state before. */
export class PoolDraft {
  private readonly state: Mutable<PoolState>;
  private readonly effects: PoolEffect[] = [];
  private ownSlots: Map<SlotId, Slot> | null = null;

  constructor(
    before: PoolState,
    private readonly nowMs: number,
  ) {
    this.state = { ...before };
  }

  request(leaseId: LeaseId, deadlineMs: number): void {
    const { state } = this;
    state.leasesEverRequested += 1;
    if (state.isDraining) return this.reject(leaseId, 'draining');
    if (state.queue.length >= state.policy.maxWaiting && this.tally().idle.length === 0) return this.reject(leaseId, 'queue-full');
    state.queue = [...state.queue, { leaseId, deadlineMs, number: state.leasesEverRequested }];
  }

  endLease(leaseId: LeaseId): void {
    const { state } = this;
    for (const slot of state.slots.values()) {
      if (slot.status === 'leased' && slot.leaseId === leaseId) return this.recycle(slot);
      // Nothing has run in it yet, but the question is still on its way.
      if (slot.status === 'checking' && slot.waiter?.leaseId === leaseId) return this.put({ ...slot, waiter: null });
    }
    if (state.queue.some((waiter) => waiter.leaseId === leaseId)) {
      state.queue = state.queue.filter((waiter) => waiter.leaseId !== leaseId);
    }
  }

  created(slotId: SlotId, durationMs: number): void {
    const slot = this.slotIn(slotId, 'creating');
    if (!slot) return;
    this.state.engine = afterCreation(this.state.engine, durationMs, this.state.policy);
    this.makeIdle(slot);
  }

  createFailed(slotId: SlotId, jitter: number): void {
    const slot = this.slotIn(slotId, 'creating');
    if (!slot) return;
    this.state.engine = afterFailure(this.state.engine, this.nowMs, jitter, this.state.policy);
    this.destroy(slot);
  }

  alive(slotId: SlotId): void {
    const slot = this.state.slots.get(slotId);
    if (slot?.status !== 'checking') return;
    const { waiter, idleSinceMs } = slot;
    if (waiter) this.lease(slot, waiter);
    else this.put({ ...facts(slot), aliveAtMs: this.nowMs, status: 'idle', idleSinceMs });
  }

  wiped(slotId: SlotId): void {
    const slot = this.slotIn(slotId, 'wiping');
    if (!slot) return;
    this.state.turnover = afterReturn(this.state.turnover, this.nowMs);
    this.makeIdle(slot);
  }

  lose(slotId: SlotId): void {
    const slot = this.state.slots.get(slotId);
    if (!slot || slot.status === 'destroying') return;
    if (slot.status === 'creating') return this.createFailed(slotId, 0);
    if (slot.status === 'checking' && slot.waiter) this.requeue(slot.waiter);
    this.destroy(slot);
  }

  gone(slotId: SlotId): void {
    if (this.state.slots.has(slotId)) this.writableSlots().delete(slotId);
  }

  /** What is being created has taken its memory only in part: it counts in full. */
  learnMemory(availableBytes: number | null): void {
    const { memoryFloorBytes, slotMemoryBytes } = this.state.policy;
    this.state.memoryRoom =
      availableBytes === null ? Infinity : Math.floor((availableBytes - memoryFloorBytes) / slotMemoryBytes) - this.tally().creating;
  }

  expireWaiters(): void {
    const { queue } = this.state;
    if (!queue.some(({ deadlineMs }) => deadlineMs <= this.nowMs)) return;
    this.state.queue = queue.filter(({ deadlineMs }) => deadlineMs > this.nowMs);
    for (const { leaseId, deadlineMs } of queue) if (deadlineMs <= this.nowMs) this.reject(leaseId, 'deadline');
  }

  /** Lets go of idle slots that are too old, too many, or too much for the machine; asks those that rest whether they live. */
  tendIdle(): void {
    const { policy, slots, memoryRoom } = this.state;
    const tally = this.tally();
    const idle = [...tally.idle].sort(byRecency);
    const reserve = reserveOf(this.state, tally);
    // One at a time, and once its replacement is there: ageing together must not empty the pool.
    const old = idle.filter((slot) => isOld(this.state, slot, this.nowMs));
    if (old[0] && (idle.length - old.length >= reserve || slots.size >= policy.maxSlots)) this.destroy(old[0]);
    for (const slot of idle.slice(reserve)) if (this.nowMs - slot.idleSinceMs >= policy.maxSpareMs) this.destroy(slot);
    const coldest = idle.at(-1);
    if (memoryRoom < 0 && coldest && slots.size > 1) this.destroy(coldest);
    this.checkLeastHeardOf();
  }

  drain(): void {
    const { state } = this;
    state.isDraining = true;
    for (const { leaseId } of state.queue) this.reject(leaseId, 'draining');
    state.queue = [];
    for (const slot of state.slots.values()) {
      if (slot.status === 'checking' && slot.waiter) this.reject(slot.waiter.leaseId, 'draining');
      if (slot.status === 'idle' || slot.status === 'checking') this.destroy(slot);
    }
  }

  settle(): void {
    if (this.state.isDraining) return;
    let tally = this.tally();
    if (tally.idle.length > 0 && this.state.queue.length > 0) {
      this.serve(tally.idle);
      tally = this.tally();
    }
    for (let left = creationsWanted(this.state, tally, this.nowMs); left > 0; left -= 1) this.create();
  }

  finish(): { readonly state: PoolState; readonly effects: readonly PoolEffect[] } {
    return { state: this.state, effects: this.effects };
  }

  private serve(idle: readonly IdleSlot[]): void {
    const { queue, policy } = this.state;
    const chosen = [...idle].sort(byReadiness(this.nowMs, policy.settleMs)).slice(0, queue.length);
    this.state.queue = queue.slice(chosen.length);
    for (const [index, slot] of chosen.entries()) {
      const waiter = queue[index] as Waiter;
      // The end of its stream would have been heard; what a check finds beyond that, a frozen container, does not come in an instant.
      if (this.nowMs - slot.aliveAtMs < policy.trustMs) this.lease(slot, waiter);
      else this.check(slot, waiter);
    }
  }

  private checkLeastHeardOf(): void {
    let chosen: IdleSlot | null = null;
    for (const slot of this.state.slots.values()) {
      if (slot.status === 'idle' && slot.aliveAtMs < (chosen?.aliveAtMs ?? Infinity)) chosen = slot;
    }
    // One at a time: a check is an answer awaited, and nobody is in a hurry.
    if (chosen && this.nowMs - chosen.aliveAtMs >= this.state.policy.checkIdleMs) this.check(chosen, null);
  }

  /** Whoever was promised a slot that died is back in the place that was theirs. */
  private requeue(waiter: Waiter): void {
    const { queue } = this.state;
    const index = queue.findIndex(({ number }) => number > waiter.number);
    this.state.queue = queue.toSpliced(index === -1 ? queue.length : index, 0, waiter);
  }

  private reject(leaseId: LeaseId, reason: 'queue-full' | 'deadline' | 'draining'): void {
    this.effects.push({ type: 'reject-lease', leaseId, reason, retryAfterMs: expectedWaitMs(this.state, this.nowMs) });
  }

  private create(): void {
    this.state.slotsEverCreated += 1;
    this.state.memoryRoom -= 1;
    const id = `slot-${this.state.slotsEverCreated}`;
    this.put({ id, createdAtMs: this.nowMs, aliveAtMs: this.nowMs, uses: 0, status: 'creating' });
    this.effects.push({ type: 'create-slot', slotId: id });
  }

  private makeIdle(slot: Slot): void {
    if (this.state.isDraining) this.destroy(slot);
    else this.put({ ...facts(slot), aliveAtMs: this.nowMs, status: 'idle', idleSinceMs: this.nowMs });
  }

  private check(slot: IdleSlot, waiter: Waiter | null): void {
    this.put({ ...facts(slot), status: 'checking', idleSinceMs: slot.idleSinceMs, waiter });
    this.effects.push({ type: 'check-slot', slotId: slot.id });
  }

  private lease(slot: IdleSlot | CheckedSlot, { leaseId }: Waiter): void {
    this.put({ ...facts(slot), uses: slot.uses + 1, status: 'leased', leaseId });
    this.effects.push({ type: 'grant-lease', leaseId, slotId: slot.id });
  }

  private recycle(slot: Slot): void {
    if (this.state.isDraining || slot.uses >= this.state.policy.maxUses || isOld(this.state, slot, this.nowMs)) return this.destroy(slot);
    this.put({ ...facts(slot), status: 'wiping' });
    this.effects.push({ type: 'wipe-slot', slotId: slot.id });
  }

  private destroy(slot: Slot): void {
    if (this.state.slots.get(slot.id)?.status === 'destroying') return;
    this.put({ ...facts(slot), status: 'destroying' });
    this.effects.push({ type: 'destroy-slot', slotId: slot.id });
  }

  private slotIn(slotId: SlotId, status: Slot['status']): Slot | null {
    const slot = this.state.slots.get(slotId);
    return slot?.status === status ? slot : null;
  }

  private tally(): SlotTally {
    return tallyPool(this.state, this.nowMs);
  }

  private put(slot: Slot): void {
    this.writableSlots().set(slot.id, slot);
  }

  private writableSlots(): Map<SlotId, Slot> {
    if (!this.ownSlots) {
      this.ownSlots = new Map(this.state.slots);
      this.state.slots = this.ownSlots;
    }
    return this.ownSlots;
  }
}

function facts({ id, createdAtMs, aliveAtMs, uses }: Slot): Pick<Slot, 'id' | 'createdAtMs' | 'aliveAtMs' | 'uses'> {
  return { id, createdAtMs, aliveAtMs, uses };
}
