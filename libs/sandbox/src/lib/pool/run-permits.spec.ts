import fc from 'fast-check';
import { noPermits, transitionPermits } from './run-permits';
import type { PermitState } from './run-permits';

function request(state: PermitState, nowMs: number, ...runIds: readonly string[]): PermitState {
  return runIds.reduce((before, runId) => transitionPermits(before, { type: 'requested', runId, nowMs }).state, state);
}

describe('run permits', () => {
  it('are given in the order of the requests, as far as they go', () => {
    const state = request(noPermits(2), 0, 'a', 'b', 'c', 'd');
    expect([...state.running.keys()]).toEqual(['a', 'b']);
    expect(transitionPermits(state, { type: 'ended', runId: 'b', nowMs: 1 }).granted).toEqual(['c']);
  });

  it('pass by someone who no longer waits', () => {
    const state = request(noPermits(1), 0, 'a', 'b', 'c');
    const { state: after } = transitionPermits(state, { type: 'ended', runId: 'b', nowMs: 0 });
    expect(transitionPermits(after, { type: 'ended', runId: 'a', nowMs: 0 }).granted).toEqual(['c']);
  });

  it('go from programs that sleep to those that wait, and to no more of them', () => {
    const state = request(noPermits(2), 0, 'a', 'b', 'x');
    const found = transitionPermits(state, { type: 'sleepers-found', runIds: ['gone', 'a', 'b'], nowMs: 1 });
    expect(found.granted).toEqual(['x']);
    expect([...found.state.excused]).toEqual(['a']);
    // It runs on, and its end frees nothing that it no longer has.
    const ended = transitionPermits(request(found.state, 2, 'y'), { type: 'ended', runId: 'a', nowMs: 3 });
    expect(ended.granted).toEqual([]);
    expect(ended.state.excused.size).toBe(0);
  });

  it('never exceed the maximum, and none lies idle while someone waits', () => {
    const event = fc.record({
      type: fc.constantFrom('requested' as const, 'ended' as const, 'sleepers-found' as const),
      runId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(event, { maxLength: 40 }), (max, events) => {
        let state = noPermits(max);
        const held = new Set<string>();
        for (const [nowMs, { type, runId }] of events.entries()) {
          // A run asks once.
          if (type === 'requested' && (held.has(runId) || state.queue.includes(runId))) continue;
          const before = state.queue;
          const step = transitionPermits(state, type === 'sleepers-found' ? { type, nowMs, runIds: [runId] } : { type, runId, nowMs });
          state = step.state;
          if (type === 'ended') held.delete(runId);
          for (const granted of step.granted) held.add(granted);
          expect(step.granted).toEqual([...before, runId].filter((each) => step.granted.includes(each)).slice(0, step.granted.length));
          expect([...state.running.keys(), ...state.excused].sort()).toEqual([...held].sort());
          expect(state.running.size).toBeLessThanOrEqual(max);
          if (state.queue.length > 0) expect(state.running.size).toBe(max);
        }
      }),
      { numRuns: 300 },
    );
  });
});
