import fc from 'fast-check';
import { noPermits, transitionPermits } from './run-permits';

describe('run permits', () => {
  it('are given in the order of the requests, as far as they go', () => {
    let state = noPermits(2);
    const granted: string[] = [];
    for (const runId of ['a', 'b', 'c', 'd']) {
      const step = transitionPermits(state, { type: 'requested', runId });
      state = step.state;
      granted.push(...step.granted);
    }
    expect(granted).toEqual(['a', 'b']);
    expect(transitionPermits(state, { type: 'ended', runId: 'b' }).granted).toEqual(['c']);
  });

  it('pass by someone who no longer waits', () => {
    let { state } = transitionPermits(noPermits(1), { type: 'requested', runId: 'a' });
    for (const runId of ['b', 'c']) state = transitionPermits(state, { type: 'requested', runId }).state;
    state = transitionPermits(state, { type: 'ended', runId: 'b' }).state;
    expect(transitionPermits(state, { type: 'ended', runId: 'a' }).granted).toEqual(['c']);
  });

  it('never exceed the maximum, and none lies idle while someone waits', () => {
    const event = fc.record({
      type: fc.constantFrom('requested' as const, 'ended' as const),
      runId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(event, { maxLength: 40 }), (max, events) => {
        let state = noPermits(max);
        for (const next of events) {
          // A run asks once.
          if (next.type === 'requested' && (state.running.has(next.runId) || state.queue.includes(next.runId))) continue;
          state = transitionPermits(state, next).state;
          expect(state.running.size).toBeLessThanOrEqual(max);
          if (state.queue.length > 0) expect(state.running.size).toBe(max);
        }
      }),
    );
  });
});
