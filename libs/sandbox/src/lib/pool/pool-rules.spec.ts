import fc from 'fast-check';
import { isInTrouble } from './engine-health';
import type { PoolEffect, PoolEvent } from './pool-event';
import type { PoolPolicy } from './pool-policy';
import { countSlots, emptyPool } from './pool-state';
import type { PoolState } from './pool-state';
import { transitionPool } from './transition-pool';

const SEQUENCES = 1500;

const policy: fc.Arbitrary<PoolPolicy> = fc.record({
  targetIdle: fc.integer({ min: 1, max: 3 }),
  reserveShare: fc.constantFrom(0, 0.25, 1),
  maxSlots: fc.integer({ min: 1, max: 6 }),
  maxCreating: fc.integer({ min: 1, max: 3 }),
  maxWaiting: fc.constantFrom(0, 2, 100),
  maxUses: fc.integer({ min: 1, max: 4 }),
  maxAgeMs: fc.constantFrom(300, 100_000),
  maxSpareMs: fc.constantFrom(100, 2000),
  trustMs: fc.constantFrom(0, 40, 1000),
  settleMs: fc.constantFrom(0, 30),
  checkIdleMs: fc.constantFrom(60, 5000),
  createBackoffMs: fc.constant(50),
  slowCreateMs: fc.constant(100),
  slotMemoryBytes: fc.constant(10),
  memoryFloorBytes: fc.constant(100),
});

const move = fc.record({
  kind: fc.constantFrom('request', 'request', 'end', 'answer', 'answer', 'answer', 'fail', 'lose', 'stale', 'tick', 'drain'),
  pick: fc.nat(1000),
});

describe('slot pool, whatever happens in whatever order', () => {
  it(`keeps its rules (${SEQUENCES} sequences of up to 150 events)`, () => {
    fc.assert(
      fc.property(policy, fc.array(move, { maxLength: 150 }), (rules, moves) => {
        const simulation = new Simulation(rules);
        for (const { kind, pick } of moves) simulation.play(kind, pick);
        simulation.finish();
      }),
      { numRuns: SEQUENCES },
    );
  });
});

type Occurrence = PoolEvent extends infer Event ? (Event extends PoolEvent ? Omit<Event, 'nowMs'> : never) : never;
type OpenEffect = Exclude<PoolEffect, { type: 'grant-lease' | 'reject-lease' }>;

/** Answers the pool's effects in any order, sends it late news, and holds it to what it promises after every event. */
class Simulation {
  private state: PoolState;
  private nowMs = 0;
  private readonly open: OpenEffect[] = [];
  private readonly fates = new Map<string, 'waiting' | 'granted' | 'rejected' | 'withdrawn' | 'ended'>();
  private readonly holders = new Map<string, string>();

  constructor(private readonly policy: PoolPolicy) {
    this.state = emptyPool(policy);
  }

  play(kind: string, pick: number): void {
    this.nowMs += pick % 50;
    const leases = [...this.fates].filter(([, fate]) => fate === 'waiting' || fate === 'granted').map(([leaseId]) => leaseId);
    const slots = [...this.state.slots.keys()];
    if (kind === 'request') {
      const leaseId = `lease-${this.fates.size}`;
      this.fates.set(leaseId, 'waiting');
      this.post({ type: 'lease-requested', leaseId, deadlineMs: this.nowMs + (pick % 400) });
    } else if (kind === 'end' && leases.length > 0) this.endLease(leases[pick % leases.length] as string);
    else if (kind === 'lose' && slots.length > 0) this.lose(slots[pick % slots.length] as string);
    else if (kind === 'stale') this.tellLateNews(pick);
    else if (kind === 'drain' && pick < 20) this.post({ type: 'drain' });
    else if (kind === 'answer' || kind === 'fail') this.answer(pick, kind === 'fail');
    else if (kind === 'tick') this.post({ type: 'tick', memoryAvailableBytes: pick < 500 ? null : 80 + (pick % 100) });
  }

  /** Everything that was asked for happens, all leases end; then the pool rests with its reserve full. After a drain nothing is left. */
  finish(): void {
    for (let step = 0; step < 400 && !this.isSettled(); step += 1) {
      this.nowMs += 20;
      while (this.open.length > 0) this.answer(0, false);
      for (const [leaseId, fate] of this.fates) if (fate === 'granted') this.endLease(leaseId);
      this.post({ type: 'tick', memoryAvailableBytes: null });
    }
    expect([...this.fates.values()].filter((fate) => fate === 'waiting' || fate === 'granted')).toEqual([]);
    this.post({ type: 'drain' });
    while (this.open.length > 0) this.answer(0, false);
    expect(this.state.slots.size).toBe(0);
    expect(this.state.queue).toEqual([]);
  }

  private isSettled(): boolean {
    const reserve = this.state.isDraining ? 0 : Math.min(this.policy.targetIdle, this.policy.maxSlots);
    const fates = [...this.fates.values()];
    return countSlots(this.state, 'idle') >= reserve && this.open.length === 0 && !fates.includes('waiting') && !fates.includes('granted');
  }

  private post(event: Occurrence): void {
    const before = this.state;
    const { state, effects } = transitionPool(before, { ...event, nowMs: this.nowMs } as PoolEvent);
    this.state = state;
    let created = 0;
    for (const effect of effects) {
      if (effect.type === 'grant-lease') this.granted(effect.leaseId, effect.slotId);
      else if (effect.type === 'reject-lease') this.rejected(effect.leaseId);
      else this.asked(effect);
      if (effect.type === 'create-slot') created += 1;
    }
    this.holdToRules(before, event, created);
  }

  /** Not with `expect`, whose cost would be most of the run. */
  private holdToRules(before: PoolState, event: Occurrence, created: number): void {
    const { state, policy: rules } = this;
    hold('slots are bounded', state.slots.size <= rules.maxSlots);
    hold('creations are bounded', countSlots(state, 'creating') <= rules.maxCreating);
    // One who was promised a slot that died is not sent away.
    hold('the queue is bounded', event.type === 'slot-lost' || state.queue.length <= Math.max(rules.maxWaiting, before.queue.length));
    hold('memory is left alone', created === 0 || state.memoryRoom >= 0 || state.slots.size === 1);
    hold('trouble is probed', created === 0 || !isInTrouble(state.engine, 0, rules) || countSlots(state, 'creating') === 1);
    hold('nobody waits for an idle slot', state.queue.length === 0 || countSlots(state, 'idle') === 0);
    const numbers = state.queue.map(({ number }) => number);
    hold(
      'the queue is in order',
      numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)),
    );
    const served = before.queue.filter((waiter) => !state.queue.includes(waiter) && this.isPromised(waiter.leaseId));
    hold(
      'the longest waiting is served first',
      served.every(({ number }) => number < (numbers[0] ?? Infinity)),
    );
    for (const slot of state.slots.values()) hold('uses are bounded', slot.uses <= rules.maxUses);
  }

  private isPromised(leaseId: string): boolean {
    for (const slot of this.state.slots.values()) {
      if (slot.status === 'leased' && slot.leaseId === leaseId) return true;
      if (slot.status === 'checking' && slot.waiter?.leaseId === leaseId) return true;
    }
    return false;
  }

  private granted(leaseId: string, slotId: string): void {
    hold('who is granted a lease waits for it', this.fates.get(leaseId) === 'waiting');
    hold('no slot has two holders', ![...this.holders.values()].includes(slotId));
    this.fates.set(leaseId, 'granted');
    this.holders.set(leaseId, slotId);
  }

  private rejected(leaseId: string): void {
    hold('who is refused waits', this.fates.get(leaseId) === 'waiting');
    this.fates.set(leaseId, 'rejected');
  }

  private asked(effect: OpenEffect): void {
    const isQuestion = ({ type }: OpenEffect) => type === 'check-slot' || type === 'wipe-slot';
    const isAsked = this.open.some((other) => isQuestion(other) && other.slotId === effect.slotId);
    hold('no slot is asked two things at once', !isQuestion(effect) || !isAsked);
    this.open.push(effect);
  }

  private endLease(leaseId: string): void {
    this.fates.set(leaseId, this.fates.get(leaseId) === 'granted' ? 'ended' : 'withdrawn');
    this.holders.delete(leaseId);
    this.post({ type: 'lease-ended', leaseId });
  }

  private lose(slotId: string): void {
    for (const [leaseId, held] of this.holders) if (held === slotId) this.holders.delete(leaseId);
    this.post({ type: 'slot-lost', slotId });
  }

  /** What nobody asked for: about a slot that is gone, or a lease that has ended. */
  private tellLateNews(pick: number): void {
    const slotId = `slot-${pick + 10_000}`;
    const news: readonly Occurrence[] = [
      { type: 'slot-created', slotId, durationMs: 1 },
      { type: 'slot-create-failed', slotId, jitter: 0 },
      { type: 'slot-alive', slotId },
      { type: 'slot-wiped', slotId },
      { type: 'slot-lost', slotId },
      { type: 'slot-destroyed', slotId },
      { type: 'lease-ended', leaseId: `lease-${pick + 10_000}` },
    ];
    this.post(news[pick % news.length] as Occurrence);
  }

  private answer(pick: number, isFailure: boolean): void {
    const effect = this.open.splice(pick % Math.max(1, this.open.length), 1)[0];
    if (!effect) return;
    const { slotId } = effect;
    if (effect.type === 'destroy-slot') this.post({ type: 'slot-destroyed', slotId });
    else if (effect.type === 'create-slot') {
      if (isFailure) this.post({ type: 'slot-create-failed', slotId, jitter: (pick % 10) / 10 });
      else this.post({ type: 'slot-created', slotId, durationMs: pick % 130 });
    } else if (isFailure) this.post({ type: 'slot-lost', slotId });
    else this.post({ type: effect.type === 'check-slot' ? 'slot-alive' : 'slot-wiped', slotId });
  }
}

function hold(rule: string, isKept: boolean): void {
  if (!isKept) throw new Error(`Broken: ${rule}.`);
}
