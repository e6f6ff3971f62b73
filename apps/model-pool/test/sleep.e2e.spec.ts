import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolEvent, WorkerRow } from '@interleave/contracts';
import { FakeVllm, waitUntil } from '@interleave/testing';
import { showGpus } from './fake-gpus';
import { buildGateway, GatewayProcess } from './gateway-process';
import { buildModelPool, ModelPoolProcess, startInVain } from './model-pool-process';
import { control } from './pool-client';
import type { PoolClient } from './pool-client';
import { Workplace } from './pool-settings';
import type { Behaviour } from './pool-settings';
import { isRunning, killLeftovers, records, workerProcesses } from './processes';

/** Two GPUs, as vLLM sleeps on nothing else, and an engine that is told that it may. */
const SLEEPER = { CUDA_VISIBLE_DEVICES: '0,1', ENABLE_SLEEP_MODE: 'true' };

let workplace: Workplace;
let pool: ModelPoolProcess | null = null;
let gateway: GatewayProcess | null = null;
let hideGpus: () => void;

beforeAll(() => {
  buildModelPool();
  hideGpus = showGpus(2);
});
afterAll(() => hideGpus());
// A pool of its own for each test, as a process: that takes its time on a machine that is busy with others.
jest.setTimeout(90_000);

afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  await pool?.end('SIGTERM');
  pool = null;
  killLeftovers(workplace);
});

async function running(behaviour: Behaviour = {}, changes: Record<string, string> = {}): Promise<PoolClient> {
  workplace = new Workplace(behaviour);
  pool = await ModelPoolProcess.start(workplace, { ...SLEEPER, ...changes });
  return pool.client;
}

const sleep = (client: PoolClient, level?: unknown) =>
  client.send('POST', '/v1/workers/tiny-0/sleep', level === undefined ? {} : { level });
const wake = (client: PoolClient) => client.send('POST', '/v1/workers/tiny-0/wake');

async function asleep(client: PoolClient, level?: 1 | 2): Promise<WorkerRow> {
  await client.untilReady();
  const seen = client.tables.length;
  await sleep(client, level);
  return waitUntil(() => client.rows('tiny-0', seen).find(({ status }) => status === 'asleep'), 30_000, 'not asleep');
}

/** The newest row once it is as wanted. */
function now(client: PoolClient, isWanted: (row: WorkerRow) => boolean): Promise<WorkerRow> {
  return waitUntil(() => client.rows().slice(-1).find(isWanted), 30_000, JSON.stringify(client.rows().at(-1)));
}

async function engineSleeps({ url }: WorkerRow): Promise<unknown> {
  return (await fetch(`${url}/is_sleeping`)).json();
}

async function reasons(client: PoolClient): Promise<string[]> {
  const { events } = (await (await client.request('/v1/events')).json()) as { events: PoolEvent[] };
  return events.map(({ to, because }) => `${to}: ${because}`);
}

function orders(): string[] {
  const log = readFileSync(join(workplace.stateDirectory, 'workers/tiny-0.log'), 'utf8');
  return [...log.matchAll(/^order: (\S+)$/gm)].map(([, path]) => path ?? '');
}

describe('a worker that is put to sleep', () => {
  it('sleeps until it is woken, and everybody is told why', async () => {
    const client = await running();
    await client.untilReady();

    const told = await sleep(client);
    const sleeping = await now(client, ({ status, load }) => status === 'asleep' && load?.is_asleep === true);

    expect(told).toMatchObject({ status: 202, body: { id: 'tiny-0', status: 'falling-asleep' } });
    expect(await engineSleeps(sleeping)).toEqual({ is_sleeping: true });
    expect((await client.request('/ready')).status).toBe(200);
    expect(await (await client.request('/metrics')).text()).toMatch(/^interleave_pool_workers\{status="asleep".*\} 1$/m);

    expect(await wake(client)).toMatchObject({ status: 202, body: { status: 'waking' } });
    const awake = await now(client, ({ status, load }) => status === 'ready' && load?.is_asleep === false);
    expect(await engineSleeps(awake)).toEqual({ is_sleeping: false });
    expect(awake).toMatchObject({ restarts: 0, error: null, url: sleeping.url });
    expect((await reasons(client)).slice(-4)).toEqual([
      'falling-asleep: a sleep was asked for',
      'asleep: its engine sleeps',
      'waking: a wake was asked for',
      'ready: it answered a probe',
    ]);
  });

  it('is not told to sleep before its requests have ended', async () => {
    const client = await running({}, { DRAIN_TIMEOUT: '60' });
    const row = await client.untilReady();
    await control(row, 'load', { running: 1, waiting: 0 });
    await now(client, ({ load }) => load?.running === 1);

    await sleep(client);
    // More than once a second its load is looked at.
    const looks = client.tables.length;
    await control(row, 'load', { running: 2, waiting: 0 });
    await waitUntil(() => client.rows('tiny-0', looks).some(({ load }) => load?.running === 2), 10_000);
    expect(client.rows().at(-1)?.status).toBe('falling-asleep');
    expect(orders()).toEqual([]);
    await control(row, 'load', { running: 0, waiting: 0 });

    await now(client, ({ status }) => status === 'asleep');
    expect(orders()).toEqual(['/sleep?level=1']);
  });

  it('is ready again at once when it is needed before its engine was told', async () => {
    const client = await running({}, { DRAIN_TIMEOUT: '60' });
    const row = await client.untilReady();
    await control(row, 'load', { running: 1, waiting: 0 });
    await sleep(client);

    expect(await wake(client)).toMatchObject({ status: 202, body: { status: 'ready' } });
    expect(orders()).toEqual([]);
  });

  it('without its weights reads them again before it serves', async () => {
    const client = await running();
    await asleep(client, 2);

    await wake(client);
    await now(client, ({ status }) => status === 'ready');

    expect(orders()).toEqual(['/sleep?level=2', '/wake_up?tags=weights', '/collective_rpc', '/wake_up?tags=kv_cache']);
  });

  it.each([
    [400, 'POST /sleep?level=1 answered 400: the fake was told not to sleep.', 'its engine refused to sleep'],
    [500, 'POST /sleep?level=1 answered 500: the fake was told not to sleep.', 'its engine failed to fall asleep'],
  ])('whose engine answers %i is ready again, with the reason', async (sleepStatus, error, because) => {
    const client = await running({ sleepStatus });
    await client.untilReady();

    await sleep(client);

    expect(await now(client, (row) => row.status === 'ready' && row.error !== null)).toMatchObject({ error, restarts: 0 });
    expect((await reasons(client)).some((line) => line.endsWith(because))).toBe(true);
  });

  it('that does not wake up is started again', async () => {
    const client = await running({ wakeStatus: 500 });
    const { api_key: key } = await asleep(client);

    await wake(client);

    const after = await now(client, ({ status, restarts }) => status === 'ready' && restarts === 1);
    expect(after.api_key).not.toBe(key);
    expect(client.rows().find(({ status }) => status === 'stopping')?.error).toBe(
      'The worker did not wake up: POST /wake_up answered 500: CUDA out of memory.',
    );
  });

  it('and crashes in its sleep is started again', async () => {
    const client = await running();
    await control(await asleep(client), 'crash');

    await now(client, ({ status, restarts }) => status === 'ready' && restarts === 1);
    expect(client.rows().find(({ status }) => status === 'backoff')?.error).toContain('while it slept');
  });

  it('drains, restarts and is replaced as any other', async () => {
    const client = await running();
    await asleep(client);
    await client.send('POST', '/v1/workers/tiny-0/restart');
    await now(client, ({ status }) => status === 'ready');

    await asleep(client);
    await client.send('POST', '/v1/deployments/tiny/restart');
    await waitUntil(async () => (await client.workers()).join() === 'tiny-1 ready', 30_000, 'not replaced');
    expect(workerProcesses(workplace)).toHaveLength(1);

    await client.send('POST', '/v1/workers/tiny-1/sleep');
    await client.until(({ status }) => status === 'asleep', 30_000, 'tiny-1');
    await client.send('POST', '/v1/workers/tiny-1/drain');
    await waitUntil(async () => (await client.workers()).join() === 'tiny-1 stopped', 30_000, 'not stopped');
    expect(workerProcesses(workplace)).toEqual([]);
  });

  it('by somebody else is asleep all the same, and ready when that somebody wakes it', async () => {
    const client = await running();
    const row = await client.untilReady();

    await fetch(`${row.url}/sleep?level=1`, { method: 'POST' });
    await now(client, ({ status }) => status === 'asleep');
    await fetch(`${row.url}/wake_up`, { method: 'POST' });
    await now(client, ({ status }) => status === 'ready');

    expect(client.course()).toEqual(['starting', 'ready', 'asleep', 'ready']);
  });
});

describe('a request for a model whose workers sleep', () => {
  beforeAll(buildGateway, 120_000);

  it('waits at the gateway until one of them is awake', async () => {
    const client = await running({}, { NUM_MODELS: '2', SCALE_UP_AFTER: '60' });
    await Promise.all([client.untilReady('tiny-0'), client.untilReady('tiny-1')]);
    gateway = await GatewayProcess.start(workplace, client.url);
    for (const id of ['tiny-0', 'tiny-1']) await client.send('POST', `/v1/workers/${id}/sleep`);
    await waitUntil(async () => (await client.workers()).join() === 'tiny-0 asleep,tiny-1 asleep', 30_000, 'not asleep');
    // It would serve whoever asks.
    expect((await fetch(`${gateway.url}/ready`)).status).toBe(200);

    const answers = await Promise.all([gateway.complete('tiny'), gateway.complete('tiny')]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await client.workers()).toEqual(['tiny-0 ready', 'tiny-1 asleep']);
    expect(await reasons(client)).toContain('waking: requests wait for it');
  }, 120_000);

  it('wakes one also where requests wait on all of those that serve', async () => {
    const client = await running({}, { NUM_MODELS: '2' });
    const [busy] = await Promise.all([client.untilReady('tiny-0'), client.untilReady('tiny-1')]);
    await client.send('POST', '/v1/workers/tiny-1/sleep');
    await waitUntil(async () => (await client.workers()).join() === 'tiny-0 ready,tiny-1 asleep', 30_000, 'not asleep');

    await control(busy, 'load', { running: 2, waiting: 3 });

    await waitUntil(async () => (await client.workers()).join() === 'tiny-0 ready,tiny-1 ready', 30_000, 'not awake');
  }, 120_000);

  it('never fails because a worker is put to sleep, and never goes to one that sleeps', async () => {
    const client = await running({ answerMs: 400 }, { DRAIN_TIMEOUT: '60' });
    await client.untilReady();
    gateway = await GatewayProcess.start(workplace, client.url);
    let isOver = false;
    const answers: number[] = [];
    const asking = [1, 2, 3].map(async () => {
      while (!isOver) answers.push((await gateway!.complete('tiny')).status);
    });
    for (let round = 0; round < 3; round += 1) {
      const seen = client.tables.length;
      await sleep(client);
      // Those that ask wake it again.
      await waitUntil(
        () => {
          const statuses = client.rows('tiny-0', seen).map(({ status }) => status);
          return statuses.includes('falling-asleep') && statuses.at(-1) === 'ready';
        },
        30_000,
        'it does not come back',
      );
    }
    isOver = true;
    await Promise.all(asking);

    expect(answers.length).toBeGreaterThan(0);
    expect(answers.filter((status) => status !== 200)).toEqual([]);
  }, 120_000);
});

describe('a sleep that cannot be', () => {
  it('is refused with what to set', async () => {
    const client = await running({}, { ENABLE_SLEEP_MODE: 'false' });
    await client.untilReady();

    expect(await sleep(client, 3)).toMatchObject({ status: 400, body: { error: { param: 'level' } } });
    expect(await sleep(client)).toMatchObject({
      status: 409,
      body: {
        error: { message: 'tiny-0 cannot sleep: it was started without ENABLE_SLEEP_MODE=true (enable_sleep_mode in its deployment).' },
      },
    });
    expect(await wake(client)).toMatchObject({ status: 409, body: { error: { message: expect.stringContaining('tiny-0 is ready') } } });
    expect((await client.send('POST', '/v1/workers/nobody/sleep')).status).toBe(404);
  });

  it('is refused without a GPU, at once and when it is asked for', async () => {
    workplace = new Workplace();
    const { code, output } = await startInVain(workplace, { ENABLE_SLEEP_MODE: 'true' });
    expect([code, output]).toEqual([2, expect.stringContaining('ENABLE_SLEEP_MODE is true, but vLLM has a sleep mode on GPUs only')]);

    const client = await running({}, { CUDA_VISIBLE_DEVICES: '', ENABLE_SLEEP_MODE: 'false' });
    await client.untilReady();
    expect(await sleep(client)).toMatchObject({ status: 409, body: { error: { message: expect.stringContaining('on GPUs only') } } });
  });

  it('is refused to a worker that is not ready', async () => {
    const client = await running({ startDelayMs: 60_000 });
    await client.until(({ status }) => status === 'starting');

    expect(await sleep(client)).toMatchObject({
      status: 409,
      body: { error: { message: 'tiny-0 is starting: only a ready worker falls asleep.' } },
    });
  });
});

describe("someone else's worker", () => {
  it('that sleeps is kept out, and comes back by itself', async () => {
    const external = await FakeVllm.start({ script: [], hasSleepMode: true });
    try {
      const client = await running({}, { NUM_MODELS: '0', EXTERNAL_WORKERS: external.url });
      await client.untilReady('external.0');

      await fetch(`${external.url}/sleep`, { method: 'POST' });
      await client.until(({ status }) => status === 'asleep', 30_000, 'external.0');
      expect(await client.send('POST', '/v1/workers/external.0/wake')).toMatchObject({
        status: 409,
        body: { error: { message: `external.0 is run by someone else: put it to sleep, and wake it, at ${external.url}.` } },
      });
      await fetch(`${external.url}/wake_up`, { method: 'POST' });

      await waitUntil(() => client.course('external.0').join() === 'starting,ready,asleep,ready', 30_000, 'not back');
    } finally {
      await external.stop();
    }
  });
});

describe('after a crash of model-pool', () => {
  it('a worker that sleeps is adopted asleep, and wakes when it is told to', async () => {
    const { url } = await asleep(await running(), 2);
    const pid = records(workplace)[0]!.process.pid;
    await pool?.end('SIGKILL');

    pool = await ModelPoolProcess.start(workplace, SLEEPER);
    const { client } = pool;
    const row = await client.until(({ status }) => status === 'asleep');

    expect(client.course()).toEqual(['asleep']);
    expect(row.url).toBe(url);
    expect(await engineSleeps(row)).toEqual({ is_sleeping: true });
    await wake(client);
    await client.untilReady();
    // What it kept in its sleep is what its engine says, not what somebody remembers.
    expect(orders().slice(-3)).toEqual(['/wake_up?tags=weights', '/collective_rpc', '/wake_up?tags=kv_cache']);
    await pool.end('SIGTERM');
    pool = null;
    expect(isRunning(pid)).toBe(false);
  });
});
