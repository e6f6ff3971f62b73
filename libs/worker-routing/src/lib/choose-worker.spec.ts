import fc from 'fast-check';
import { chooseWorker, loadOf, overloadBound } from './choose-worker';
import type { WorkerCandidate } from './choose-worker';

const worker = (id: string, facts: Partial<WorkerCandidate> = {}): WorkerCandidate => ({
  id,
  inFlight: 0,
  running: 0,
  waiting: 0,
  kvCacheUse: null,
  cachedTokens: 0,
  ...facts,
});
const chosenBy = (candidates: readonly WorkerCandidate[], ownWorkerId: string | null, contextTokens = 1000, tieBreaker = 0) =>
  chooseWorker(candidates, { ownWorkerId, contextTokens, tieBreaker })?.id;

describe('choosing a worker', () => {
  it('keeps a trajectory where its context is cached while the load is about even', () => {
    expect(chosenBy([worker('a', { inFlight: 9 }), worker('b', { inFlight: 2 })], 'a')).toBe('a');
  });

  it('moves a trajectory off a worker that is overloaded against the others', () => {
    expect(chosenBy([worker('a', { inFlight: 40 }), worker('b', { inFlight: 2 })], 'a')).toBe('b');
  });

  it('counts what the worker says of itself, and what waits there more than what runs', () => {
    expect(chosenBy([worker('a', { running: 9 }), worker('b', { inFlight: 2 })], null)).toBe('b');
    expect(chosenBy([worker('a', { running: 4, waiting: 4 }), worker('b', { running: 8 })], null)).toBe('b');
  });

  it('trusts its own count where the worker has not heard of the newest rounds', () => {
    expect(chosenBy([worker('a', { inFlight: 6, running: 1 }), worker('b', { inFlight: 1, running: 3 })], null)).toBe('b');
  });

  it('sends a first round where its start is cached, unless too many are there already', () => {
    const cached = { cachedTokens: 4096 };
    expect(chosenBy([worker('a'), worker('b', { ...cached, inFlight: 1 })], null, 5000)).toBe('b');
    expect(chosenBy([worker('a'), worker('b', { ...cached, inFlight: 30 })], null, 5000)).toBe('a');
  });

  it('avoids a worker whose cache is full', () => {
    expect(chosenBy([worker('a', { kvCacheUse: 0.99 }), worker('b', { inFlight: 3, kvCacheUse: 0.5 })], null)).toBe('b');
  });

  it('spreads new trajectories over equals', () => {
    const equals = [worker('a'), worker('b'), worker('c', { inFlight: 5 })];
    expect([0, 1, 2, 3].map((tieBreaker) => chosenBy(equals, null, 1000, tieBreaker))).toEqual(['a', 'b', 'a', 'b']);
  });

  it('has no answer without candidates', () => {
    expect(chosenBy([], 'a')).toBeUndefined();
  });

  const anyWorkers = fc.uniqueArray(
    fc.record({
      id: fc.string(),
      inFlight: fc.nat(500),
      running: fc.nat(500),
      waiting: fc.nat(500),
      kvCacheUse: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      cachedTokens: fc.nat(100_000),
    }),
    { selector: ({ id }) => id, minLength: 1 },
  );

  it('never picks a worker that is beyond the overload bound, whatever is cached there', () => {
    fc.assert(
      fc.property(anyWorkers, fc.nat(), fc.nat(), fc.nat(100_000), (workers, ownIndex, tieBreaker, contextTokens) => {
        const ownWorkerId = workers[ownIndex % workers.length]!.id;
        const chosen = chooseWorker(workers, { ownWorkerId, contextTokens, tieBreaker })!;
        expect(loadOf(chosen)).toBeLessThanOrEqual(overloadBound(Math.min(...workers.map(loadOf))));
      }),
    );
  });
});
