import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeVllm, waitUntil } from '@interleave/testing';
import { control } from './pool-client';
import { startPool } from './pool-in-process';
import type { RunningPool } from './pool-in-process';
import type { Behaviour } from './pool-settings';
import { isRunning, records, workerProcesses } from './processes';

let pool: RunningPool | null = null;

async function running(behaviour: Behaviour = {}, changes: Record<string, string> = {}): Promise<RunningPool> {
  pool = await startPool(behaviour, changes);
  return pool;
}

afterEach(async () => {
  await pool?.close();
  pool = null;
});

describe('a worker of the pool', () => {
  it('is published with its names, address, key and devices once it is ready', async () => {
    const { client, workplace } = await running(
      {},
      { NUM_MODELS: '2', MAX_MODEL_LEN: '512', ENGINE_ARGUMENTS: '["--max-num-seqs", "64"]' },
    );

    const [first, second] = await Promise.all([client.untilReady('tiny-0'), client.untilReady('tiny-1')]);

    expect(first).toMatchObject({
      deployment: 'tiny',
      served_names: [workplace.modelPath, 'tiny'],
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      engine: 'vllm',
      max_model_len: 512,
      max_running: 64,
      devices: [expect.stringMatching(/^cpu:\d/)],
      restarts: 0,
      error: null,
    });
    expect(second.url).not.toBe(first.url);
    expect(second.devices).not.toEqual(first.devices);
    expect(second.api_key).not.toBe(first.api_key);
    expect((await fetch(`${first.url}/v1/models`)).status).toBe(401);
  });

  it('appears in the watch stream with every step of its life', async () => {
    const { client } = await running();
    await client.untilReady();

    await client.request('/v1/workers/tiny-0/restart', { method: 'POST' });
    await client.until(({ status }) => status === 'draining');
    await waitUntil(() => client.course().join() === 'starting,ready,draining,stopping,starting,ready', 10_000, 'course');

    const revisions = client.tables.map(({ revision }) => revision);
    expect(revisions).toEqual([...revisions].sort((left, right) => left - right));
    expect(new Set(revisions).size).toBe(revisions.length);
  });

  it('that crashes is started again, on another port and with another key', async () => {
    const { client } = await running();
    const before = await client.untilReady();
    const seen = client.tables.length;

    await control(before, 'crash');
    const crashed = await client.until(({ status }) => status === 'backoff');
    const after = await waitUntil(
      () => client.rows('tiny-0', seen).find(({ status, restarts }) => status === 'ready' && restarts === 1),
      10_000,
    );

    expect(crashed.error).toMatch(/ended with exit code 3 while it served\.[^]*RuntimeError: the fake was told to crash/);
    expect(after).toMatchObject({ error: null });
    expect(after.api_key).not.toBe(before.api_key);
  });

  it('that exits at start is seen long before the time for its start is over, with its last lines', async () => {
    const { client } = await running({ exitAtStart: 1 });
    const startedAt = performance.now();

    const { error } = await client.until(({ status }) => status === 'backoff');

    // It had minutes.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(error).toMatch(
      /ended with exit code 1 before it was ready\. Its last lines:\nfake worker \d+ serves .*\nValueError: the fake was told to end at start/,
    );
  });

  it('in a crash loop is given up, and readiness says why', async () => {
    const { client } = await running({ exitAtStart: 1, lastWords: 'torch.OutOfMemoryError: CUDA out of memory.' });

    const { error } = await client.until(({ status }) => status === 'failed');
    const ready = await client.request('/ready');

    expect(error).toMatch(/^Given up after 3 failed starts in a row\.[^]*lower GPU_MEMORY_UTILIZATION[^]*CUDA out of memory/);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ reason: expect.stringContaining('tiny-0 is failed'), workers: { ready: 0, total: 1 } });
  });

  it('that failed is started again on request', async () => {
    const { client, workplace } = await running({ exitAtStart: 2 });
    await client.until(({ status }) => status === 'failed');
    workplace.behave({});

    expect((await client.request('/v1/workers/tiny-0/restart', { method: 'POST' })).status).toBe(202);

    expect(await client.untilReady()).toMatchObject({ error: null, restarts: 0 });
  });

  it('leaves nothing behind when it crashes: the next one finds its devices free', async () => {
    const { client, workplace } = await running({ child: true });
    const before = await client.untilReady();
    const [first, second] = workerProcesses(workplace);
    const seen = client.tables.length;

    await control(before, 'crash');
    await waitUntil(() => client.rows('tiny-0', seen).find(({ status }) => status === 'backoff'), 10_000);

    expect([first, second].map((pid) => isRunning(pid!))).toEqual([false, false]);
  });

  it('that hangs is killed and started again', async () => {
    const { client } = await running({}, { PROBE_TIMEOUT: '0.3' });
    const before = await client.untilReady();
    const seen = client.tables.length;

    await control(before, 'hang');

    const stopping = await client.until(({ status }) => status === 'stopping');
    expect(stopping.error).toContain('2 probes in a row failed');
    await waitUntil(() => client.rows('tiny-0', seen).find(({ status, restarts }) => status === 'ready' && restarts === 1), 10_000);
  });

  it('whose process stands still is ended, and another one is there in its place', async () => {
    const { client, workplace } = await running({ child: true }, { PROBE_TIMEOUT: '0.3' });
    await client.untilReady();
    const before = workerProcesses(workplace);
    const [record] = records(workplace);

    // As one in an endless system call, or that was swapped out: the port takes connections, and SIGTERM is heard by nobody.
    process.kill(record!.process.pid, 'SIGSTOP');

    expect((await client.until(({ status }) => status === 'stopping')).error).toContain(
      'The worker hung: 2 probes in a row failed, the last one so: It did not answer in time.',
    );
    await waitUntil(
      () =>
        client
          .rows()
          .slice(-1)
          .find(({ status, restarts }) => status === 'ready' && restarts === 1),
      15_000,
    );
    expect(before.filter(isRunning)).toEqual([]);
    expect(workerProcesses(workplace)).toHaveLength(2);
  });

  it('that is only slow is left alone', async () => {
    const { client, workplace } = await running({}, { PROBE_TIMEOUT: '20' });
    const row = await client.untilReady();
    const { pid } = records(workplace)[0]!.process;

    // Far longer than a probe takes, and several times the time between two.
    process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    process.kill(pid, 'SIGCONT');
    await control(row, 'load', { running: 7, waiting: 0 });
    await client.until(({ load }) => load?.running === 7);

    expect(client.course()).toEqual(['starting', 'ready']);
    expect(records(workplace)[0]?.process.pid).toBe(pid);
  });

  it('that is not ready in time is started again', async () => {
    const { client } = await running({ startDelayMs: 60_000 }, { START_TIMEOUT: '1' });

    expect(await client.until(({ status }) => status === 'backoff')).toMatchObject({
      error: 'The worker was not ready after 1 s (START_TIMEOUT).',
    });
  });

  it('takes the processes it started with it, also those that ignore SIGTERM', async () => {
    const { client, workplace } = await running({ child: true, ignoreSigterm: true });
    await client.untilReady();
    expect(workerProcesses(workplace)).toHaveLength(2);

    await pool?.close();
    pool = null;

    expect(workerProcesses(workplace)).toEqual([]);
    expect(records(workplace)).toEqual([]);
  });

  it('gets what programs need of our environment and none of our secrets', async () => {
    const { client, workplace } = await running({ printEnvironment: true });
    await client.untilReady();

    const log = readFileSync(join(workplace.stateDirectory, 'workers/tiny-0.log'), 'utf8');

    expect(log).toMatch(/^environment: .*\bPATH\b.*\bVLLM_API_KEY\b/m);
    expect(log).not.toMatch(/SERVICE_TOKEN|API_KEYS|NODE_ENV|JEST/);
  });

  it('says how busy it is, and drains before a restart', async () => {
    const { client } = await running({}, { DRAIN_TIMEOUT: '30' });
    const row = await client.untilReady();
    await control(row, 'load', { running: 2, waiting: 1 });
    expect((await client.until(({ load }) => load?.running === 2)).load).toEqual({
      running: 2,
      waiting: 1,
      kv_cache_use: 0.25,
      prefix_hit_rate: null,
      is_asleep: false,
    });

    await client.request('/v1/workers/tiny-0/restart', { method: 'POST' });
    await client.until(({ status }) => status === 'draining');
    expect((await fetch(`${row.url}/health`)).status).toBe(200);
    await control(row, 'load', { running: 0, waiting: 0 });

    await waitUntil(() => client.course().join() === 'starting,ready,draining,stopping,starting,ready', 10_000, 'course');
  });
});

describe("someone else's worker", () => {
  it('is probed and published, and lives on when model-pool ends', async () => {
    const external = await FakeVllm.start({ script: [] });
    try {
      const { client } = await running({}, { NUM_MODELS: '0', EXTERNAL_WORKERS: external.url });

      const row = await client.untilReady('external.0');

      expect(row).toMatchObject({ engine: 'external', deployment: 'external', url: external.url, devices: [] });
      expect(row.served_names.length).toBeGreaterThan(0);
      await pool?.close();
      pool = null;
      expect((await fetch(`${external.url}/health`)).status).toBe(200);
    } finally {
      await external.stop();
    }
  });
});

describe('the API', () => {
  it('wants the service token for everything but health', async () => {
    const { client } = await running();

    const status = async (path: string): Promise<number> => {
      const response = await fetch(`${client.url}${path}`);
      await response.body?.cancel();
      return response.status;
    };

    expect(await Promise.all(['/v1/workers', '/v1/workers/watch', '/v1/devices'].map(status))).toEqual([401, 401, 401]);
    expect((await fetch(`${client.url}/v1/workers/tiny-0/restart`, { method: 'POST' })).status).toBe(401);
    expect(await Promise.all(['/health', '/metrics'].map(status))).toEqual([200, 200]);
  });

  it('lists devices with the worker that has them', async () => {
    const { client } = await running();

    const { devices } = (await (await client.request('/v1/devices')).json()) as { devices: { id: string }[] };

    expect(devices[0]).toEqual({ id: expect.stringMatching(/^cpu:\d+$/), kind: 'cpu', name: null, memory_mib: null, worker: 'tiny-0' });
  });

  it('tells of a worker that does not exist', async () => {
    const { client } = await running();

    const response = await client.request('/v1/workers/nobody/restart', { method: 'POST' });

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found', param: 'id' } });
  });
});
