import type { WorkerTable } from '@interleave/contracts';
import { readJsonEvents } from '../http/server-sent-events';
import { waitUntil } from '../waiting/wait-until';
import { FakeModelPool, readyWorker } from './fake-model-pool';

describe('fake model pool', () => {
  it('sends watchers the table at once and at every change, and forgets those that leave', async () => {
    const pool = await FakeModelPool.start();
    try {
      const tables = readJsonEvents<WorkerTable>(await fetch(`${pool.url}/v1/workers/watch`));
      expect((await tables.next()).value).toEqual({ revision: 0, workers: [] });
      pool.publishWorkers([readyWorker({ url: 'http://127.0.0.1:1' })]);
      expect((await tables.next()).value).toMatchObject({ revision: 1, workers: [{ id: 'demo-0', status: 'ready' }] });
      expect(await (await fetch(`${pool.url}/v1/workers`)).json()).toMatchObject({ revision: 1 });
      await tables.return();
      await waitUntil(() => pool.watchers === 0);
    } finally {
      await pool.stop();
    }
  });

  it('asks for its token', async () => {
    const pool = await FakeModelPool.start({ serviceToken: 'secret' });
    try {
      expect((await fetch(`${pool.url}/v1/workers`)).status).toBe(401);
      expect((await fetch(`${pool.url}/v1/workers`, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    } finally {
      await pool.stop();
    }
  });
});
