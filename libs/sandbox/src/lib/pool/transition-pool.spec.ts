import type { PoolEffect, PoolEvent } from './pool-event';
import type { PoolPolicy } from './pool-policy';
import { countSlots, emptyPool } from './pool-state';
import type { PoolState } from './pool-state';
import { transitionPool } from './transition-pool';

const POLICY: PoolPolicy = {
  targetIdle: 2,
  reserveShare: 0.25,
  maxSlots: 4,
  maxCreating: 2,
  maxWaiting: 100,
  maxUses: 3,
  maxAgeMs: 100_000,
  maxSpareMs: 10_000,
  trustMs: 1000,
  settleMs: 0,
  checkIdleMs: 5000,
  createBackoffMs: 100,
  slowCreateMs: 5000,
  slotMemoryBytes: 100,
  memoryFloorBytes: 1000,
};

type Occurrence = PoolEvent extends infer Event ? (Event extends PoolEvent ? Omit<Event, 'nowMs'> : never) : never;

/** A pool and a clock. */
class World {
  state: PoolState;
  nowMs = 0;

  constructor(policy: Partial<PoolPolicy> = {}) {
    this.state = emptyPool({ ...POLICY, ...policy });
  }

  do(event: Occurrence): readonly PoolEffect[] {
    const { state, effects } = transitionPool(this.state, { ...event, nowMs: this.nowMs } as PoolEvent);
    this.state = state;
    return effects;
  }

  tick(memoryAvailableBytes: number | null = null): readonly PoolEffect[] {
    return this.do({ type: 'tick', memoryAvailableBytes });
  }

  request(leaseId: string, deadlineMs = Infinity): readonly PoolEffect[] {
    return this.do({ type: 'lease-requested', leaseId, deadlineMs });
  }

  created(slotId: string, durationMs = 400): readonly PoolEffect[] {
    return this.do({ type: 'slot-created', slotId, durationMs });
  }

  failed(slotId: string, jitter = 0): void {
    this.do({ type: 'slot-create-failed', slotId, jitter });
    this.do({ type: 'slot-destroyed', slotId });
  }

  finishCreations(): void {
    for (const { id, status } of [...this.state.slots.values()]) if (status === 'creating') this.created(id);
  }

  /** With its reserve full and nothing under way. */
  static ready(policy: Partial<PoolPolicy> = {}): World {
    const world = new World(policy);
    world.tick();
    while (countSlots(world.state, 'creating') > 0) world.finishCreations();
    return world;
  }
}

describe('slot pool', () => {
  it('creates up to the target, and no more than a few at once', () => {
    const world = new World({ targetIdle: 4 });
    expect(world.tick()).toEqual([
      { type: 'create-slot', slotId: 'slot-1' },
      { type: 'create-slot', slotId: 'slot-2' },
    ]);
    expect(world.created('slot-1')).toEqual([{ type: 'create-slot', slotId: 'slot-3' }]);
  });

  it('hands out at once a slot that was heard of just now, and fills the reserve up', () => {
    const world = World.ready();
    world.nowMs = 999;
    expect(world.request('a')).toEqual([
      { type: 'grant-lease', leaseId: 'a', slotId: 'slot-1' },
      { type: 'create-slot', slotId: 'slot-3' },
    ]);
  });

  it('asks a slot that has rested for a sign of life before it is handed out', () => {
    const world = World.ready();
    world.nowMs = 1000;
    const { slotId } = one(world.request('a'), 'check-slot');
    expect(world.do({ type: 'slot-alive', slotId })).toEqual([{ type: 'grant-lease', leaseId: 'a', slotId }]);
  });

  it('gives whoever was promised a dead slot the next one, before those who came later', () => {
    const world = World.ready({ maxSlots: 2 });
    world.nowMs = 1000;
    const { slotId } = one(world.request('a'), 'check-slot');
    const other = one(world.request('b'), 'check-slot');
    world.request('c');
    expect(world.do({ type: 'slot-lost', slotId })).toEqual([{ type: 'destroy-slot', slotId }]);
    world.do({ type: 'slot-lost', slotId: other.slotId });
    expect(world.state.queue.map(({ leaseId }) => leaseId)).toEqual(['a', 'b', 'c']);
  });

  it('keeps a slot whose promised lease was withdrawn until the answer to its check is there', () => {
    const world = World.ready({ targetIdle: 1, maxSlots: 1 });
    world.nowMs = 1000;
    world.request('a');
    expect(world.do({ type: 'lease-ended', leaseId: 'a' })).toEqual([]);
    expect(world.request('b')).toEqual([]);
    expect(world.do({ type: 'slot-alive', slotId: 'slot-1' })).toEqual([{ type: 'grant-lease', leaseId: 'b', slotId: 'slot-1' }]);
  });

  it('wipes a slot between two leases, gives it to the next who waits, and destroys it after its last use', () => {
    const world = World.ready({ targetIdle: 1, maxSlots: 1, maxUses: 2 });
    world.request('a');
    world.request('b');
    expect(world.do({ type: 'lease-ended', leaseId: 'a' })).toEqual([{ type: 'wipe-slot', slotId: 'slot-1' }]);
    expect(world.do({ type: 'slot-wiped', slotId: 'slot-1' })).toEqual([{ type: 'grant-lease', leaseId: 'b', slotId: 'slot-1' }]);
    expect(world.do({ type: 'lease-ended', leaseId: 'b' })).toEqual([{ type: 'destroy-slot', slotId: 'slot-1' }]);
    expect(world.do({ type: 'slot-destroyed', slotId: 'slot-1' })).toEqual([{ type: 'create-slot', slotId: 'slot-2' }]);
  });

  it('hands out a slot that has settled before one that was wiped just now, and of those that have settled the last one used', () => {
    const world = World.ready({ targetIdle: 3, settleMs: 30, maxUses: 100 });
    const use = (leaseId: string): string => {
      const granted = world.request(leaseId).find(({ type }) => type === 'grant-lease');
      return granted?.type === 'grant-lease' ? granted.slotId : 'none';
    };
    const putBack = (leaseId: string, slotId: string) => {
      world.do({ type: 'lease-ended', leaseId });
      world.do({ type: 'slot-wiped', slotId });
    };
    world.nowMs = 100;
    const first = use('a');
    putBack('a', first);
    world.nowMs += 10;
    const second = use('b');
    expect(second).not.toBe(first);
    putBack('b', second);
    world.nowMs += 29; // the first one has settled, the second one has not
    expect(use('c')).toBe(first);
    putBack('c', first);
    world.nowMs += 30;
    expect(use('d')).toBe(first);
  });

  it('does not give a slot that is too old to another lease', () => {
    const world = World.ready({ targetIdle: 1, maxSlots: 1 });
    world.request('a');
    world.nowMs = POLICY.maxAgeMs;
    expect(world.do({ type: 'lease-ended', leaseId: 'a' })).toEqual([{ type: 'destroy-slot', slotId: 'slot-1' }]);
  });

  it('keeps a reserve that grows with the slots in use', () => {
    const world = World.ready({ maxSlots: 100, reserveShare: 0.5 });
    for (let lease = 0; lease < 40; lease += 1) {
      world.request(`lease-${lease}`);
      world.finishCreations();
    }
    while (countSlots(world.state, 'creating') > 0) world.finishCreations();
    expect(countSlots(world.state, 'leased')).toBe(40);
    expect(countSlots(world.state, 'idle')).toBe(20);
  });

  it('makes no new slots for leases that those in use will serve sooner', () => {
    const world = World.ready({ targetIdle: 1, maxSlots: 50, maxUses: 1000 });
    for (let lease = 0; lease < 20; lease += 1) {
      world.request(`lease-${lease}`);
      if (lease > 0) world.do({ type: 'lease-ended', leaseId: `lease-${lease - 1}` });
      world.nowMs += 4;
      for (const { id, status } of world.state.slots.values()) if (status === 'wiping') world.do({ type: 'slot-wiped', slotId: id });
      world.finishCreations();
    }
    for (let lease = 100; world.state.queue.length === 0; lease += 1) world.request(`lease-${lease}`);
    const before = world.state.slotsEverCreated;
    for (let lease = 200; lease < 230; lease += 1) world.request(`lease-${lease}`);
    expect(world.state.slotsEverCreated).toBe(before);
    // Nothing comes back any more: what was promised to be fast was not.
    world.nowMs += 400;
    world.tick();
    expect(world.state.slotsEverCreated).toBeGreaterThan(before);
  });

  it('refuses whoever waits beyond the deadline, and says when to come back', () => {
    const world = new World({ maxSlots: 1 });
    world.request('a', 50);
    world.nowMs = 50;
    expect(world.tick()).toEqual([{ type: 'reject-lease', leaseId: 'a', reason: 'deadline', retryAfterMs: 2000 }]);
  });

  it('refuses at once when the queue is full, but never while a slot is idle', () => {
    const world = World.ready({ maxSlots: 2, maxWaiting: 1 });
    for (const leaseId of ['a', 'b', 'c'])
      expect(world.request(leaseId)).not.toContainEqual(expect.objectContaining({ type: 'reject-lease' }));
    expect(world.request('d')).toEqual([{ type: 'reject-lease', leaseId: 'd', reason: 'queue-full', retryAfterMs: expect.any(Number) }]);
    const none = World.ready({ maxSlots: 1, maxWaiting: 0 });
    expect(one(none.request('a'), 'grant-lease')).toBeDefined();
    expect(one(none.request('b'), 'reject-lease').reason).toBe('queue-full');
  });

  it('estimates the wait from the queue and the pace at which slots come back', () => {
    const world = World.ready({ targetIdle: 1, maxSlots: 1, maxUses: 1000, maxWaiting: 9 });
    for (let lease = 0; lease < 30; lease += 1) {
      world.request(`lease-${lease}`);
      world.nowMs += 300;
      world.do({ type: 'lease-ended', leaseId: `lease-${lease}` });
      world.do({ type: 'slot-wiped', slotId: 'slot-1' });
    }
    for (let lease = 100; lease < 110; lease += 1) world.request(`lease-${lease}`);
    expect(one(world.request('one-too-many'), 'reject-lease').retryAfterMs).toBe(3000);
  });

  it('waits longer and longer after failed creations, tries one at a time, and forgets that at the first success', () => {
    const world = new World({ maxCreating: 2 });
    world.tick();
    world.failed('slot-1');
    world.failed('slot-2');
    const waits: number[] = [];
    for (let attempt = 3; attempt <= 8; attempt += 1) {
      const startedMs = world.nowMs;
      while (countSlots(world.state, 'creating') === 0) {
        world.nowMs += 10;
        world.tick();
      }
      waits.push(world.nowMs - startedMs);
      expect(countSlots(world.state, 'creating')).toBe(1);
      world.failed(`slot-${attempt}`);
    }
    expect(waits).toEqual([200, 400, 800, 1600, 1600, 1600]);
    world.nowMs += 1600;
    world.tick();
    expect(world.created('slot-9')).toEqual([{ type: 'create-slot', slotId: 'slot-10' }]);
    expect(world.state.engine.failuresInARow).toBe(0);
  });

  it('spreads the attempts after a failure by the jitter of the event', () => {
    const world = new World({ maxCreating: 1 });
    world.tick();
    world.failed('slot-1', 1);
    world.nowMs = 149;
    expect(world.tick()).toEqual([]);
    world.nowMs = 150;
    expect(one(world.tick(), 'create-slot')).toBeDefined();
  });

  it('creates one at a time while the engine is slow, until it is fast again', () => {
    const world = new World({ targetIdle: 10, maxSlots: 10, maxCreating: 3 });
    world.tick();
    world.created('slot-1', 9000);
    expect(countSlots(world.state, 'creating')).toBe(3);
    world.created('slot-2', 9000);
    world.created('slot-3', 9000);
    expect(countSlots(world.state, 'creating')).toBe(1);
    world.created('slot-4', 9000);
    expect(countSlots(world.state, 'creating')).toBe(1);
    world.created('slot-5', 300);
    expect(countSlots(world.state, 'creating')).toBe(3);
  });

  it('takes creations that do not come to an end for slow ones', () => {
    const world = new World({ targetIdle: 10, maxSlots: 10, maxCreating: 3 });
    world.tick();
    world.nowMs = POLICY.slowCreateMs + 1;
    world.tick();
    expect(world.created('slot-1', 300)).toEqual([]);
    world.created('slot-2', 300);
    world.created('slot-3', 300);
    expect(countSlots(world.state, 'creating')).toBe(3);
  });

  it('replaces an old idle slot once there is another', () => {
    const world = World.ready({ targetIdle: 1, checkIdleMs: Infinity });
    world.nowMs = POLICY.maxAgeMs;
    expect(world.tick()).toContainEqual({ type: 'create-slot', slotId: 'slot-2' });
    world.created('slot-2');
    expect(world.tick()).toEqual([{ type: 'destroy-slot', slotId: 'slot-1' }]);
  });

  it('replaces an old idle slot also where there is room for one only', () => {
    const world = World.ready({ targetIdle: 1, maxSlots: 1 });
    world.nowMs = POLICY.maxAgeMs;
    expect(world.tick()).toContainEqual({ type: 'destroy-slot', slotId: 'slot-1' });
  });

  it('lets idle slots beyond the reserve go after a while', () => {
    const world = World.ready({ targetIdle: 4, checkIdleMs: Infinity });
    world.state = { ...world.state, policy: { ...world.state.policy, targetIdle: 1 } };
    world.nowMs = POLICY.maxSpareMs - 1;
    expect(world.tick()).toEqual([]);
    world.nowMs = POLICY.maxSpareMs;
    expect(world.tick().map(({ type }) => type)).toEqual(['destroy-slot', 'destroy-slot', 'destroy-slot']);
  });

  it('asks slots that rest for a sign of life, one at a time, and destroys one that died', () => {
    const world = World.ready();
    world.nowMs = POLICY.checkIdleMs;
    const first = one(world.tick(), 'check-slot');
    world.do({ type: 'slot-alive', slotId: first.slotId });
    const second = one(world.tick(), 'check-slot');
    expect(second.slotId).not.toBe(first.slotId);
    expect(world.do({ type: 'slot-lost', slotId: second.slotId })).toEqual([
      { type: 'destroy-slot', slotId: second.slotId },
      { type: 'create-slot', slotId: 'slot-3' },
    ]);
  });

  it('creates no slot that the memory of the machine has no room for', () => {
    const world = new World({ targetIdle: 4, maxCreating: 4 });
    world.tick(1000 + 250);
    expect(countSlots(world.state, 'creating')).toBe(2);
    world.finishCreations();
    expect(countSlots(world.state, 'creating', 'idle')).toBe(2);
    world.tick(1000 + 50);
    expect(countSlots(world.state, 'creating', 'idle')).toBe(2);
    world.tick(1000 + 250);
    expect(countSlots(world.state, 'creating', 'idle')).toBe(4);
  });

  it('gives idle slots back to a machine that runs out of memory, and keeps one', () => {
    const world = World.ready({ targetIdle: 3 });
    for (let tick = 0; tick < 5; tick += 1) {
      for (const effect of world.tick(500)) if (effect.type === 'destroy-slot') world.do({ type: 'slot-destroyed', slotId: effect.slotId });
    }
    expect(countSlots(world.state, 'idle')).toBe(1);
    const empty = new World();
    empty.tick(0);
    expect(countSlots(empty.state, 'creating')).toBe(1);
  });

  it('drains: refuses all who wait, lets leases end, keeps nothing', () => {
    const world = World.ready();
    world.request('a');
    expect(world.do({ type: 'drain' })).toEqual([{ type: 'destroy-slot', slotId: 'slot-2' }]);
    expect(world.created('slot-3')).toEqual([{ type: 'destroy-slot', slotId: 'slot-3' }]);
    expect(one(world.request('b'), 'reject-lease').reason).toBe('draining');
    expect(world.do({ type: 'lease-ended', leaseId: 'a' })).toEqual([{ type: 'destroy-slot', slotId: 'slot-1' }]);
    for (const slotId of [...world.state.slots.keys()]) world.do({ type: 'slot-destroyed', slotId });
    expect(world.state.slots.size).toBe(0);
    expect(world.tick()).toEqual([]);
  });
});

function one<Type extends PoolEffect['type']>(effects: readonly PoolEffect[], type: Type): Extract<PoolEffect, { type: Type }> {
  const [found, ...others] = effects.filter((effect): effect is Extract<PoolEffect, { type: Type }> => effect.type === type);
  if (!found || others.length > 0) throw new Error(`There should be one ${type} among ${JSON.stringify(effects)}.`);
  return found;
}
