import type { WorkerRow, WorkerTable } from '@interleave/contracts';
import { WorkerTableStore } from './worker-table';

const row = (changes: Partial<WorkerRow> = {}): WorkerRow => ({
  id: 'demo-0',
  deployment: 'demo',
  served_names: ['demo'],
  url: '',
  api_key: null,
  engine: 'vllm',
  status: 'starting',
  max_model_len: null,
  max_running: null,
  devices: [],
  restarts: 0,
  error: null,
  load: null,
  ...changes,
});

describe('the worker table', () => {
  it('gets a new revision only when something changed', () => {
    const table = new WorkerTableStore();

    table.update(row());
    table.update(row());
    expect(table.current().revision).toBe(1);

    table.update(row({ status: 'ready' }));
    expect(table.current()).toEqual({ revision: 2, workers: [row({ status: 'ready' })], deployments: [] });
  });

  it('says what is served though nothing of it runs', () => {
    const table = new WorkerTableStore();
    const served = [{ name: 'demo', served_names: ['demo'], starts_on_demand: true }];

    table.serve(served);
    table.serve([...served]);

    expect(table.current()).toEqual({ revision: 1, workers: [], deployments: served });
  });

  it('comes to a watcher at once and at every change, those in between included', async () => {
    const table = new WorkerTableStore();
    table.update(row());
    const abort = new AbortController();
    const seen: WorkerTable[] = [];
    const watching = (async () => {
      for await (const next of table.watch(abort.signal)) {
        seen.push(next);
        if (seen.length === 3) abort.abort();
      }
    })();

    await Promise.resolve();
    table.update(row({ status: 'ready' }));
    table.update(row({ status: 'stopping' }));
    await watching;

    expect(seen.map(({ workers }) => workers[0]?.status)).toEqual(['starting', 'ready', 'stopping']);
  });

  it('drops the oldest tables for a watcher that does not read, never the newest', async () => {
    const table = new WorkerTableStore();
    const abort = new AbortController();
    const watcher = table.watch(abort.signal);
    await watcher.next();
    const waiting = watcher.next();
    for (let restarts = 0; restarts < 1_000; restarts += 1) table.update(row({ restarts }));
    await waiting;
    abort.abort();
    const rest: WorkerTable[] = [];
    for await (const next of watcher) rest.push(next);

    expect(rest.length).toBeLessThan(300);
    expect(rest.at(-1)?.workers[0]?.restarts).toBe(999);
  });
});
