import fc from 'fast-check';
import type { PoolEffect, PoolEvent } from './pool-event';
import { countSlots, emptyPool } from './pool-state';
import type { PoolPolicy, PoolState } from './pool-state';
import { transitionPool } from './transition-pool';

const POLICY: PoolPolicy = {
  targetIdle: 2,
  maxSlots: 4,
  maxCreating: 2,
  maxUses: 3,
  maxAgeMs: 10_000,
  maxSpareMs: 1000,
  createBackoffMs: 100,
};

/** A pool at a moment, and all that it has asked for. */
class World {
  state: PoolState;
  nowMs = 0;
  readonly effects: PoolEffect[] = [];

  constructor(policy: Partial<PoolPolicy> = {}) {
    this.state = emptyPool({ ...POLICY, ...policy });
  }

  do(event: PoolEvent extends infer Event ? (Event extends PoolEvent ? Omit<Event, 'nowMs'> : never) : never): PoolEffect[] {
    const { state, effects } = transitionPool(this.state, { ...event, nowMs: this.nowMs } as PoolEvent);
    this.state = state;
    this.effects.push(...effects);
    return [...effects];
  }

  /** With `count` idle slots and nothing under way. */
  static ready(policy: Partial<PoolPolicy> = {}): World {
    const world = new World(policy);
    world.do({ type: 'tick' });
    for (let created = [...world.state.slots.values()]; created.some(({ status }) => status === 'creating');) {
      for (const { id, status } of created) if (status === 'creating') world.do({ type: 'slot-created', slotId: id });
      created = [...world.state.slots.values()];
    }
    return world;
  }
}

describe('slot pool', () => {
  it('creates up to the target, and no more than a few at once', () => {
    const world = new World({ targetIdle: 4 });
    expect(world.do({ type: 'tick' })).toEqual([
      { type: 'create-slot', slotId: 'slot-1' },
      { type: 'create-slot', slotId: 'slot-2' },
    ]);
    expect(world.do({ type: 'slot-created', slotId: 'slot-1' })).toEqual([{ type: 'create-slot', slotId: 'slot-3' }]);
  });

  it('hands a slot out only after it has given a sign of life, and replaces it in reserve', () => {
    const world = World.ready();
    const effects = world.do({ type: 'lease-requested', leaseId: 'a', deadlineMs: 100 });
    expect(effects).toEqual([
      { type: 'check-slot', slotId: expect.any(String) },
      { type: 'create-slot', slotId: 'slot-3' },
    ]);
    const check = checkIn(effects);
    expect(world.do({ type: 'slot-alive', slotId: check.slotId })).toEqual([{ type: 'grant-lease', leaseId: 'a', slotId: check.slotId }]);
  });

  it('gives whoever was promised a dead slot the next one', () => {
    const world = World.ready();
    const check = checkIn(world.do({ type: 'lease-requested', leaseId: 'a', deadlineMs: 100 }));
    const effects = world.do({ type: 'slot-lost', slotId: check.slotId });
    expect(effects).toContainEqual({ type: 'destroy-slot', slotId: check.slotId });
    const recheck = checkIn(effects);
    expect(recheck.slotId).not.toBe(check.slotId);
  });

  it('wipes a slot between two leases and destroys it after its last one', () => {
    const world = World.ready({ targetIdle: 1, maxSlots: 1, maxUses: 2 });
    const use = (leaseId: string) => {
      world.do({ type: 'lease-requested', leaseId, deadlineMs: 100 });
      world.do({ type: 'slot-alive', slotId: 'slot-1' });
      return world.do({ type: 'lease-ended', leaseId });
    };
    expect(use('a')).toEqual([{ type: 'wipe-slot', slotId: 'slot-1' }]);
    world.do({ type: 'slot-wiped', slotId: 'slot-1' });
    expect(use('b')).toEqual([{ type: 'destroy-slot', slotId: 'slot-1' }]);
    expect(world.do({ type: 'slot-destroyed', slotId: 'slot-1' })).toEqual([{ type: 'create-slot', slotId: 'slot-2' }]);
  });

  it('refuses whoever waits beyond the deadline', () => {
    const world = new World({ maxSlots: 1 });
    world.do({ type: 'lease-requested', leaseId: 'a', deadlineMs: 50 });
    world.nowMs = 50;
    expect(world.do({ type: 'tick' })).toEqual([{ type: 'reject-lease', leaseId: 'a', reason: 'busy' }]);
  });

  it('waits longer and longer after failed creations, and forgets that at the first success', () => {
    const world = new World({ targetIdle: 1, maxCreating: 1 });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      const started = world.nowMs;
      while (!world.do({ type: 'tick' }).some(({ type }) => type === 'create-slot')) world.nowMs += 10;
      waits.push(world.nowMs - started);
      world.do({ type: 'slot-create-failed', slotId: `slot-${attempt}` });
      world.do({ type: 'slot-destroyed', slotId: `slot-${attempt}` });
    }
    expect(waits).toEqual([0, 100, 200, 400, 800, 1600, 1600]);
    world.nowMs += 1600;
    world.do({ type: 'tick' });
    world.do({ type: 'slot-created', slotId: 'slot-8' });
    expect(world.state.failuresInARow).toBe(0);
  });

  it('replaces old idle slots one at a time, and lets those beyond the target go', () => {
    const world = World.ready({ maxSpareMs: 100_000 });
    world.nowMs = 10_000;
    expect(world.do({ type: 'tick' }).filter(({ type }) => type === 'destroy-slot')).toHaveLength(1);

    const rich = World.ready({ targetIdle: 4 });
    rich.state = { ...rich.state, policy: { ...rich.state.policy, targetIdle: 1 } };
    rich.nowMs = 999;
    expect(rich.do({ type: 'tick' })).toEqual([]);
    rich.nowMs = 1000;
    expect(rich.do({ type: 'tick' }).filter(({ type }) => type === 'destroy-slot')).toHaveLength(3);
  });

  it('drains: refuses all who wait, lets leases end, keeps nothing', () => {
    const world = World.ready();
    const check = checkIn(world.do({ type: 'lease-requested', leaseId: 'a', deadlineMs: 100 }));
    world.do({ type: 'slot-alive', slotId: check.slotId });
    const drained = world.do({ type: 'drain' });
    expect(drained.filter(({ type }) => type === 'destroy-slot')).toHaveLength(1);
    expect(world.do({ type: 'slot-created', slotId: 'slot-3' })).toEqual([{ type: 'destroy-slot', slotId: 'slot-3' }]);
    expect(world.do({ type: 'lease-requested', leaseId: 'b', deadlineMs: 100 })).toEqual([
      { type: 'reject-lease', leaseId: 'b', reason: 'draining' },
    ]);
    expect(world.do({ type: 'lease-ended', leaseId: 'a' })).toEqual([{ type: 'destroy-slot', slotId: check.slotId }]);
    for (const slotId of [...world.state.slots.keys()]) world.do({ type: 'slot-destroyed', slotId });
    expect(world.state.slots.size).toBe(0);
    expect(world.do({ type: 'tick' })).toEqual([]);
  });

  it('keeps its rules whatever happens in whatever order', () => {
    const move = fc.record({ kind: fc.constantFrom('request', 'end', 'answer', 'fail', 'lose', 'tick', 'drain'), pick: fc.nat(1000) });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 120 }), (moves) => {
        const world = new World();
        const simulation = new Simulation(world);
        for (const { kind, pick } of moves) {
          simulation.play(kind, pick);
          expect(world.state.slots.size).toBeLessThanOrEqual(POLICY.maxSlots);
          expect(countSlots(world.state, 'creating')).toBeLessThanOrEqual(POLICY.maxCreating);
          for (const slot of world.state.slots.values()) expect(slot.uses).toBeLessThanOrEqual(POLICY.maxUses);
        }
        simulation.finish();
      }),
      { numRuns: 300 },
    );
  });
});

function checkIn(effects: readonly PoolEffect[]): { readonly slotId: string } {
  const check = effects.find((effect) => effect.type === 'check-slot');
  if (!check) throw new Error('No slot is being checked.');
  return check;
}

/** Answers the pool's effects in any order, and checks what holds for each lease. */
class Simulation {
  private readonly open: Exclude<PoolEffect, { type: 'grant-lease' | 'reject-lease' }>[] = [];
  private readonly fates = new Map<string, 'waiting' | 'granted' | 'rejected' | 'ended'>();
  private readonly holders = new Map<string, string>();
  private isDrained = false;

  constructor(private readonly world: World) {}

  play(kind: string, pick: number): void {
    this.world.nowMs += pick % 50;
    const leases = [...this.fates].filter(([, fate]) => fate === 'waiting' || fate === 'granted').map(([leaseId]) => leaseId);
    const slots = [...this.world.state.slots.keys()];
    if (kind === 'request') {
      const leaseId = `lease-${this.fates.size}`;
      this.fates.set(leaseId, 'waiting');
      this.post({ type: 'lease-requested', leaseId, deadlineMs: this.world.nowMs + (pick % 200) });
    } else if (kind === 'end' && leases.length > 0) this.endLease(leases[pick % leases.length] as string);
    else if (kind === 'lose' && slots.length > 0) this.lose(slots[pick % slots.length] as string);
    else if (kind === 'drain' && pick < 30) {
      this.isDrained = true;
      this.post({ type: 'drain' });
    } else if (kind === 'answer' || kind === 'fail') this.answer(pick, kind === 'fail');
    else if (kind === 'tick') this.post({ type: 'tick' });
  }

  /** Everything that was asked for happens, all leases end: then no lease is without an answer, and nothing is under way. */
  finish(): void {
    for (let step = 0; step < 500; step += 1) {
      this.world.nowMs += 20;
      while (this.open.length > 0) this.answer(0, false);
      for (const [leaseId, fate] of this.fates) if (fate === 'granted') this.endLease(leaseId);
      this.post({ type: 'tick' });
      if (this.isSettled()) break;
    }
    expect([...this.fates.values()].filter((fate) => fate === 'waiting' || fate === 'granted')).toEqual([]);
    expect(this.isSettled()).toBe(true);
  }

  private isSettled(): boolean {
    const { state } = this.world;
    const idle = countSlots(state, 'idle');
    const isStocked = this.isDrained ? idle === 0 : idle >= POLICY.targetIdle;
    return isStocked && idle === state.slots.size && this.open.length === 0 && ![...this.fates.values()].includes('waiting');
  }

  private post(event: Parameters<World['do']>[0]): void {
    for (const effect of this.world.do(event)) {
      if (effect.type === 'grant-lease') {
        expect(this.fates.get(effect.leaseId)).toBe('waiting');
        expect([...this.holders.values()]).not.toContain(effect.slotId);
        this.fates.set(effect.leaseId, 'granted');
        this.holders.set(effect.leaseId, effect.slotId);
      } else if (effect.type === 'reject-lease') {
        expect(this.fates.get(effect.leaseId)).toBe('waiting');
        this.fates.set(effect.leaseId, 'rejected');
      } else this.open.push(effect);
    }
  }

  private endLease(leaseId: string): void {
    this.fates.set(leaseId, 'ended');
    this.holders.delete(leaseId);
    this.post({ type: 'lease-ended', leaseId });
  }

  private lose(slotId: string): void {
    for (const [leaseId, held] of this.holders) if (held === slotId) this.holders.delete(leaseId);
    this.post({ type: 'slot-lost', slotId });
  }

  private answer(pick: number, isFailure: boolean): void {
    const effect = this.open.splice(pick % Math.max(1, this.open.length), 1)[0];
    if (!effect) return;
    const { slotId } = effect;
    if (effect.type === 'destroy-slot') this.post({ type: 'slot-destroyed', slotId });
    else if (isFailure) this.post(effect.type === 'create-slot' ? { type: 'slot-create-failed', slotId } : { type: 'slot-lost', slotId });
    else if (effect.type === 'create-slot') this.post({ type: 'slot-created', slotId });
    else if (effect.type === 'check-slot') this.post({ type: 'slot-alive', slotId });
    else this.post({ type: 'slot-wiped', slotId });
  }
}
