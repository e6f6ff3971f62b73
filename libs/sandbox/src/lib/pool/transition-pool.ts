import { assertNever } from '@interleave/kernel';
import type { PoolEffect, PoolEvent } from './pool-event';
import type { LeaseId, PoolState, Slot, SlotId, Waiter } from './pool-state';
import { countSlots } from './pool-state';

export interface PoolTransition {
  readonly state: PoolState;
  readonly effects: readonly PoolEffect[];
}

/** Events in, effects out. An event about a slot that is not in the state it speaks of is late news, and ignored. */
export function transitionPool(state: PoolState, event: PoolEvent): PoolTransition {
  const draft = new Draft(state, event.nowMs);
  apply(draft, event);
  draft.settle();
  return draft.finish();
}

function apply(draft: Draft, event: PoolEvent): void {
  switch (event.type) {
    case 'lease-requested':
      if (draft.isDraining) draft.emit({ type: 'reject-lease', leaseId: event.leaseId, reason: 'draining' });
      else draft.queue.push({ leaseId: event.leaseId, deadlineMs: event.deadlineMs });
      return;
    case 'lease-ended':
      draft.endLease(event.leaseId);
      return;
    case 'slot-created':
      draft.failuresInARow = 0;
      if (draft.statusOf(event.slotId) === 'creating') draft.makeIdle(event.slotId);
      return;
    case 'slot-create-failed':
      draft.createFailed(event.slotId);
      return;
    case 'slot-alive':
      draft.grant(event.slotId);
      return;
    case 'slot-wiped':
      if (draft.statusOf(event.slotId) === 'wiping') draft.makeIdle(event.slotId);
      return;
    case 'slot-lost':
      draft.lose(event.slotId);
      return;
    case 'slot-destroyed':
      draft.slots.delete(event.slotId);
      return;
    case 'tick':
      draft.expireWaiters();
      draft.retireIdle();
      return;
    case 'drain':
      draft.drain();
      return;
    default:
      assertNever(event);
  }
}

/** A state under construction, and the moves that keep its rules. */
class Draft {
  readonly slots: Map<SlotId, Slot>;
  queue: Waiter[];
  failuresInARow: number;
  isDraining: boolean;
  private slotsEverCreated: number;
  private createAgainAtMs: number;
  private readonly effects: PoolEffect[] = [];

  constructor(
    private readonly before: PoolState,
    private readonly nowMs: number,
  ) {
    this.slots = new Map(before.slots);
    this.queue = [...before.queue];
    this.failuresInARow = before.failuresInARow;
    this.isDraining = before.isDraining;
    this.slotsEverCreated = before.slotsEverCreated;
    this.createAgainAtMs = before.createAgainAtMs;
  }

  emit(effect: PoolEffect): void {
    this.effects.push(effect);
  }

  statusOf(slotId: SlotId): Slot['status'] | undefined {
    return this.slots.get(slotId)?.status;
  }

  makeIdle(slotId: SlotId): void {
    const slot = this.slots.get(slotId);
    if (!slot) return;
    if (this.isDraining || slot.uses >= this.before.policy.maxUses) this.destroy(slot);
    else this.put({ ...facts(slot), status: 'idle', idleSinceMs: this.nowMs });
  }

  createFailed(slotId: SlotId): void {
    const slot = this.slots.get(slotId);
    if (slot?.status !== 'creating') return;
    this.failuresInARow += 1;
    this.createAgainAtMs = this.nowMs + this.before.policy.createBackoffMs * 2 ** Math.min(this.failuresInARow - 1, 4);
    this.destroy(slot);
  }

  grant(slotId: SlotId): void {
    const slot = this.slots.get(slotId);
    if (slot?.status !== 'checking') return;
    const { leaseId } = slot.waiter;
    this.put({ ...facts(slot), uses: slot.uses + 1, status: 'leased', leaseId });
    this.emit({ type: 'grant-lease', leaseId, slotId });
  }

  lose(slotId: SlotId): void {
    const slot = this.slots.get(slotId);
    if (!slot || slot.status === 'destroying') return;
    if (slot.status === 'creating') return this.createFailed(slotId);
    // Whoever was promised this slot is the next to get another one.
    if (slot.status === 'checking') this.queue.unshift(slot.waiter);
    this.destroy(slot);
  }

  endLease(leaseId: LeaseId): void {
    this.queue = this.queue.filter((waiter) => waiter.leaseId !== leaseId);
    for (const slot of this.slots.values()) {
      if (slot.status === 'leased' && slot.leaseId === leaseId) this.recycle(slot);
      // Nothing has run in it yet; the answer to the check may still come, and is then late news.
      else if (slot.status === 'checking' && slot.waiter.leaseId === leaseId) this.makeIdle(slot.id);
    }
  }

  expireWaiters(): void {
    for (const { leaseId } of this.queue.filter(({ deadlineMs }) => deadlineMs <= this.nowMs)) {
      this.emit({ type: 'reject-lease', leaseId, reason: 'busy' });
    }
    this.queue = this.queue.filter(({ deadlineMs }) => deadlineMs > this.nowMs);
  }

  retireIdle(): void {
    const { maxAgeMs, maxSpareMs, targetIdle } = this.before.policy;
    let idle = this.idleSlots();
    const old = idle.find((slot) => this.nowMs - slot.createdAtMs >= maxAgeMs);
    // One at a time, so that ageing together does not empty the pool.
    if (old) this.destroy(old);
    idle = this.idleSlots();
    for (const slot of idle.slice(targetIdle)) if (this.nowMs - slot.idleSinceMs >= maxSpareMs) this.destroy(slot);
  }

  drain(): void {
    this.isDraining = true;
    for (const { leaseId } of this.queue) this.emit({ type: 'reject-lease', leaseId, reason: 'draining' });
    this.queue = [];
    for (const slot of this.slots.values()) {
      if (slot.status === 'checking') this.emit({ type: 'reject-lease', leaseId: slot.waiter.leaseId, reason: 'draining' });
      if (slot.status === 'idle' || slot.status === 'checking') this.destroy(slot);
    }
  }

  /** After every event: ready slots meet waiting leases, and what is missing is created. */
  settle(): void {
    const idle = this.idleSlots();
    for (const slot of idle.slice(0, this.queue.length)) {
      const waiter = this.queue.shift() as Waiter;
      this.put({ ...facts(slot), status: 'checking', waiter });
      this.emit({ type: 'check-slot', slotId: slot.id });
    }
    if (this.isDraining || this.nowMs < this.createAgainAtMs) return;
    const { policy } = this.before;
    const count = (...statuses: Slot['status'][]) => countSlots({ ...this.before, slots: this.slots }, ...statuses);
    const missing = policy.targetIdle + this.queue.length - count('idle', 'creating', 'wiping');
    const room = Math.min(policy.maxSlots - this.slots.size, policy.maxCreating - count('creating'));
    for (let left = Math.min(missing, room); left > 0; left -= 1) this.create();
  }

  finish(): PoolTransition {
    const { slots, queue, slotsEverCreated, failuresInARow, createAgainAtMs, isDraining } = this;
    return {
      state: { policy: this.before.policy, slots, queue, slotsEverCreated, failuresInARow, createAgainAtMs, isDraining },
      effects: this.effects,
    };
  }

  /** Most recently used first: its memory is warm, and those not needed come to rest. */
  private idleSlots(): (Slot & { readonly status: 'idle' })[] {
    return [...this.slots.values()].filter((slot) => slot.status === 'idle').sort((one, other) => other.idleSinceMs - one.idleSinceMs);
  }

  private create(): void {
    this.slotsEverCreated += 1;
    const id = `slot-${this.slotsEverCreated}`;
    this.put({ id, createdAtMs: this.nowMs, uses: 0, status: 'creating' });
    this.emit({ type: 'create-slot', slotId: id });
  }

  private recycle(slot: Slot): void {
    if (this.isDraining || slot.uses >= this.before.policy.maxUses) return this.destroy(slot);
    this.put({ ...facts(slot), status: 'wiping' });
    this.emit({ type: 'wipe-slot', slotId: slot.id });
  }

  private destroy(slot: Slot): void {
    this.put({ ...facts(slot), status: 'destroying' });
    this.emit({ type: 'destroy-slot', slotId: slot.id });
  }

  private put(slot: Slot): void {
    this.slots.set(slot.id, slot);
  }
}

function facts({ id, createdAtMs, uses }: Slot): Pick<Slot, 'id' | 'createdAtMs' | 'uses'> {
  return { id, createdAtMs, uses };
}
