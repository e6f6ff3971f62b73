import fc from 'fast-check';
import { CLOSED_BREAKER, lets, transitionBreaker } from './circuit-breaker';
import type { BreakerEvent, BreakerState } from './circuit-breaker';

const after = (events: readonly BreakerEvent[], from: BreakerState = CLOSED_BREAKER): BreakerState =>
  events.reduce(transitionBreaker, from);
const failed = (nowMs = 0): BreakerEvent => ({ kind: 'failed', nowMs });
const refused = (nowMs = 0): BreakerEvent => ({ kind: 'refused', nowMs });
const passed = (nowMs: number): BreakerEvent => ({ kind: 'time-passed', nowMs });
const answered: BreakerEvent = { kind: 'answered' };

describe('circuit breaker', () => {
  it('opens at a refused connection, and at the third failure in a row', () => {
    expect(lets(after([refused()]))).toBe(false);
    expect(lets(after([failed(), failed()]))).toBe(true);
    expect(lets(after([failed(), failed(), failed()]))).toBe(false);
  });

  it('forgets failures with every answer', () => {
    expect(lets(after([failed(), failed(), answered, failed(), failed()]))).toBe(true);
  });

  it('lets one request at a time try it after its pause', () => {
    const open = after([refused(0)]);
    expect(lets(after([passed(999)], open))).toBe(false);
    const halfOpen = after([passed(1000)], open);
    expect(lets(halfOpen)).toBe(true);
    const trying = after([{ kind: 'trial-started' }], halfOpen);
    expect(lets(trying)).toBe(false);
    expect(after([answered], trying)).toEqual(CLOSED_BREAKER);
    expect(lets(after([{ kind: 'trial-undecided' }], trying))).toBe(true);
  });

  it('pauses longer after every trial that failed, and not beyond half a minute', () => {
    let state = after([refused(0)]);
    const pauses: number[] = [];
    for (let trial = 0, nowMs = 0; trial < 8; trial += 1) {
      const untilMs = state.kind === 'open' ? state.untilMs : Number.NaN;
      pauses.push(untilMs - nowMs);
      nowMs = untilMs;
      state = after([passed(nowMs), { kind: 'trial-started' }, failed(nowMs)], state);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('always comes back: whatever happened, a pause and an answer close it', () => {
    const event = fc.oneof<fc.Arbitrary<BreakerEvent>[]>(
      fc.record({ kind: fc.constantFrom('refused' as const, 'failed' as const, 'time-passed' as const), nowMs: fc.nat(100_000) }),
      fc.record({ kind: fc.constantFrom('answered' as const, 'trial-started' as const, 'trial-undecided' as const) }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const state = after(events);
        // Who is not let in is so for a reason that ends: a pause, or a trial that runs.
        if (!lets(state)) expect(state.kind === 'open' || (state.kind === 'half-open' && state.isTrialRunning)).toBe(true);
        expect(lets(after([passed(200_000), { kind: 'trial-undecided' }], state))).toBe(true);
        expect(after([answered], state)).toEqual(CLOSED_BREAKER);
      }),
    );
  });
});
