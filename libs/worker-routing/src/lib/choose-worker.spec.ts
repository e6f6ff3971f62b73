import fc from 'fast-check';
import { chooseWorker } from './choose-worker';
import type { WorkerCandidate } from './choose-worker';

const worker = (id: string, inFlight: number, waiting = 0): WorkerCandidate => ({ id, inFlight, waiting });

describe('choosing a worker', () => {
  it('keeps a trajectory where its prefix is cached while the load is about even', () => {
    expect(chooseWorker([worker('a', 9), worker('b', 2)], 'a', 0)?.id).toBe('a');
  });

  it('moves a trajectory off a worker that is overloaded against the others', () => {
    expect(chooseWorker([worker('a', 40), worker('b', 2)], 'a', 0)?.id).toBe('b');
  });

  it('counts what waits inside the worker too', () => {
    expect(chooseWorker([worker('a', 1, 50), worker('b', 2)], null, 0)?.id).toBe('b');
  });

  it('spreads new trajectories over equally loaded workers', () => {
    const equals = [worker('a', 1), worker('b', 1), worker('c', 5)];

    expect([0, 1, 2, 3].map((tieBreaker) => chooseWorker(equals, null, tieBreaker)?.id)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('has no answer without candidates', () => {
    expect(chooseWorker([], 'a', 0)).toBeNull();
  });

  it('never picks a worker that is beyond the overload bound', () => {
    const candidates = fc.uniqueArray(fc.record({ id: fc.string(), inFlight: fc.nat(500), waiting: fc.nat(500) }), {
      selector: ({ id }) => id,
      minLength: 1,
    });
    fc.assert(
      fc.property(candidates, fc.nat(), fc.nat(), (workers, ownIndex, tieBreaker) => {
        const load = (candidate: WorkerCandidate) => candidate.inFlight + candidate.waiting;
        const chosen = chooseWorker(workers, workers[ownIndex % workers.length]!.id, tieBreaker)!;
        const least = Math.min(...workers.map(load));
        expect(load(chosen)).toBeLessThanOrEqual(Math.max(least * 1.5, least + 8));
      }),
    );
  });
});
