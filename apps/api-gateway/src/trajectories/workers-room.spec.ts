import type { WorkerRow } from '@interleave/contracts';
import { readyWorker } from '@interleave/testing';
import { workersRoom } from './workers-room';

const NOTHING = new Map();
const worker = (row: Partial<WorkerRow>): WorkerRow => readyWorker({ url: 'http://worker', max_running: 8, ...row });
const limits = (rows: readonly WorkerRow[], perSequence = 2) =>
  Object.fromEntries([...workersRoom(rows, perSequence, NOTHING)].map(([model, { limit }]) => [model, limit]));

describe('the room that workers have', () => {
  it('is the sum over those that are ready, times the setting, and at least one', () => {
    const rows = [worker({}), worker({ max_running: 4 }), worker({ status: 'starting' }), worker({ status: 'draining' })];
    expect(limits(rows)).toEqual({ demo: 24 });
    expect(limits(rows, 1.5)).toEqual({ demo: 18 });
    expect(limits([worker({ max_running: 1 })], 0.25)).toEqual({ demo: 1 });
  });

  it('is apart for each model, and the same for all its names', () => {
    const rows = [worker({ served_names: ['a', 'alias'] }), worker({ served_names: ['b'], max_running: 1 })];
    expect(limits(rows)).toEqual({ a: 16, alias: 16, b: 2 });
  });

  it('is shared by models that share a worker, also by way of a third', () => {
    const rows = [['a'], ['b'], ['a', 'c'], ['c', 'b']].map((served_names) => worker({ served_names }));
    expect(limits(rows)).toEqual({ a: 64, b: 64, c: 64 });
  });

  it('is not limited where a worker does not say what it runs, or the setting is 0', () => {
    expect(limits([worker({}), worker({ max_running: null })])).toEqual({ demo: null });
    expect(limits([worker({ max_running: 'many' as never })])).toEqual({ demo: null });
    expect(limits([worker({})], 0)).toEqual({ demo: null });
  });

  it('stays what it was while no worker is ready', () => {
    const before = workersRoom([worker({})], 2, NOTHING);
    const away = workersRoom([worker({ status: 'backoff' })], 2, before);
    expect(away.get('demo')?.limit).toBe(16);
    expect(workersRoom([worker({ max_running: 2 })], 2, away).get('demo')?.limit).toBe(4);
    expect(workersRoom([worker({ status: 'starting' })], 2, NOTHING).get('demo')?.limit).toBeNull();
  });

  it('knows no model of a worker that has not said what it serves', () => {
    expect(limits([worker({ served_names: [] })])).toEqual({});
  });
});
