import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { DeploymentRow, PoolEvent } from '@interleave/contracts';
import { waitUntil } from '@interleave/testing';
import { buildGateway, GatewayProcess } from './gateway-process';
import type { Answer } from './gateway-process';
import { control } from './pool-client';
import { startPool } from './pool-in-process';
import type { RunningPool } from './pool-in-process';
import { Workplace } from './pool-settings';
import type { Behaviour } from './pool-settings';
import { workerProcesses } from './processes';

const PATIENCE_MS = 30_000;

let pool: RunningPool | null = null;
let gateway: GatewayProcess | null = null;

async function running(changes: Record<string, string> = {}, workplace = new Workplace()): Promise<RunningPool> {
  pool = await startPool({}, { DRAIN_TIMEOUT: '20', SCALE_UP_AFTER: '0.5', SCALE_DOWN_AFTER: '1.5', ...changes }, workplace);
  return pool;
}

async function row({ client }: RunningPool, index = 0): Promise<DeploymentRow> {
  const { body } = await client.send('GET', '/v1/deployments');
  return (body as { deployments: DeploymentRow[] }).deployments[index] as DeploymentRow;
}

async function reasons({ client }: RunningPool): Promise<string[]> {
  const { body } = await client.send('GET', '/v1/events');
  return (body as { events: PoolEvent[] }).events.map(({ worker, from, to, because }) => `${worker} ${from}→${to}: ${because}`);
}

function untilWorkers(started: RunningPool, wanted: string): Promise<unknown> {
  return waitUntil(async () => (await started.client.workers()).join() === wanted, PATIENCE_MS, `the workers are not: ${wanted}`);
}

afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  await pool?.close();
  pool = null;
});

describe('a deployment with a range of copies', () => {
  it('has one more while requests wait on all of them, and one less when they are gone', async () => {
    if (availableParallelism() < 2) throw new Error('This test needs two cores.');
    const started = await running({ MAX_MODELS: '2' });
    const { client } = started;
    const first = await client.untilReady();

    await control(first, 'load', { running: 2, waiting: 3 });
    const second = await client.untilReady('tiny-1');
    expect(await row(started)).toMatchObject({ num_models: 1, min_models: 1, max_models: 2, wanted: 2, ready: 2 });
    expect((await row(started)).wanted_because).toMatch(/^scaled up: 3 requests waited, some for [\d.]+ s$/);
    await control(first, 'load', { running: 0, waiting: 0 });
    await untilWorkers(started, 'tiny-0 ready');

    expect(await reasons(started)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^tiny-1 stopped→starting: scaled up: 3 requests waited/),
        expect.stringMatching(/^tiny-1 ready→draining: scaled down: no request for [\d.]+ s$/),
      ]),
    );
    expect(second.url).not.toBe(first.url);
    const metrics = await (await client.request('/metrics')).text();
    expect(metrics).toMatch(/interleave_pool_copies\{[^}]*state="max"[^}]*\} 2/);
    expect(metrics).toMatch(/interleave_pool_scalings_total\{[^}]*direction="down"[^}]*\} 1/);
  });

  it('goes to zero, is ready to be asked all the same, and comes back when a gateway says that requests wait', async () => {
    const started = await running({ MIN_MODELS: '0' });
    const { client, workplace } = started;
    await client.untilReady();
    await untilWorkers(started, '');
    expect(workerProcesses(workplace)).toEqual([]);
    expect((await client.request('/ready')).status).toBe(200);
    expect(await client.table()).toMatchObject({
      workers: [],
      deployments: [{ name: 'tiny', served_names: [workplace.modelPath, 'tiny'], starts_on_demand: true }],
    });

    const seen = client.tables.length;
    for (const requests of [2, 2]) {
      expect((await client.send('POST', '/v1/deployments/tiny/demand', { gateway: 'g1', requests })).status).toBe(202);
    }
    expect(await row(started)).toMatchObject({ wanted: 1, wanted_because: '2 requests wait for it', held_requests: 2 });
    await waitUntil(() => client.rows('tiny-0', seen).some(({ status }) => status === 'ready'), PATIENCE_MS, 'it does not come back');
  });

  it.each([
    [{}, 'gateway'],
    [{ gateway: 'a b', requests: 1 }, 'gateway'],
    [{ gateway: 'g', requests: -1 }, 'requests'],
    [{ gateway: 'g', requests: 1e9 }, 'requests'],
    [{ gateway: 'g', requests: '1' }, 'requests'],
  ])('takes no report such as %j', async (body, param) => {
    const { client } = await running({ MIN_MODELS: '0', NUM_MODELS: '0', MAX_MODELS: '1' });

    expect(await client.send('POST', '/v1/deployments/tiny/demand', body)).toMatchObject({ status: 400, body: { error: { param } } });
    expect((await client.send('POST', '/v1/deployments/nobody/demand', { gateway: 'g', requests: 1 })).status).toBe(404);
    expect((await fetch(`${client.url}/v1/deployments/tiny/demand`, { method: 'POST' })).status).toBe(401);
    expect(await client.workers()).toEqual([]);
  });

  it('gets its range, and a number within it, over the API', async () => {
    const started = await running({ SCALE_DOWN_AFTER: '600' });
    const { client } = started;
    await client.untilReady();
    const scale = (body: unknown) => client.send('POST', '/v1/deployments/tiny/scale', body);

    expect(await scale({ min_models: 0 })).toMatchObject({ status: 202, body: { min_models: 0, num_models: 1, max_models: 1 } });
    expect(await scale({ num_models: 2 })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('NUM_MODELS (2) must be from MIN_MODELS (0) to MAX_MODELS (1)') as string } },
    });
    expect(await scale({ min_models: 2, max_models: 1 })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('MIN_MODELS (2) is above MAX_MODELS (1)') as string } },
    });
    expect(await scale({})).toMatchObject({ status: 400 });
    expect(await scale({ num_models: 0 })).toMatchObject({ status: 202, body: { wanted: 0 } });
    await untilWorkers(started, '');
  });

  it.each([
    [{ MIN_MODELS: '2' }, 'MIN_MODELS (2) is above MAX_MODELS (1): lower the first or raise the second.'],
    [{ MIN_MODELS: '2', MAX_MODELS: '3' }, 'NUM_MODELS (1) must be from MIN_MODELS (2) to MAX_MODELS (3)'],
    [{ MAX_MODELS: '500' }, '500 models × 1 need 500 CPU cores, this machine has'],
    [{ SCALE_DOWN_AFTER: '0' }, 'SCALE_DOWN_AFTER (--scale-down-after)'],
  ])('%j stops the start with a sentence', async (changes, sentence) => {
    await expect(running(changes)).rejects.toThrow(sentence);
  });
});

describe('models that share too few devices, behind a gateway', () => {
  beforeAll(buildGateway, 120_000);

  /** Deployments `a` and `b`, each of which takes all cores. */
  function shared(behaviour: Behaviour = {}): { workplace: Workplace; DEPLOYMENTS: string } {
    const workplace = new Workplace(behaviour);
    const DEPLOYMENTS = join(workplace.folder, 'deployments.yaml');
    const cores = availableParallelism();
    const items = ['a', 'b'].map((name) => {
      const folder = join(workplace.folder, name);
      mkdirSync(folder);
      writeFileSync(join(folder, 'config.json'), '{}');
      return `  - { name: ${name}, model_path: ${folder}, model_aliases: [${name}], min_models: 0, tensor_parallel_size: ${cores} }\n`;
    });
    writeFileSync(DEPLOYMENTS, `deployments:\n${items.join('')}`);
    return { workplace, DEPLOYMENTS };
  }

  it('alternate under load from several clients, and no request fails', async () => {
    const { workplace, DEPLOYMENTS } = shared({ answerMs: 300 });
    const started = await running({ DEPLOYMENTS, SWAP_AFTER: '1.5', SCALE_DOWN_AFTER: '600', MODEL_ALIASES: '' }, workplace);
    gateway = await GatewayProcess.start(workplace, started.client.url);
    const answers = { a: [] as Answer[], b: [] as Answer[] };
    let isOver = false;
    const client = async (model: 'a' | 'b'): Promise<void> => {
      while (!isOver) answers[model].push(await gateway!.complete(model));
    };
    const clients = [client('a'), client('b'), client('a'), client('b')];
    const starts = async (): Promise<number> => (await reasons(started)).filter((reason) => /^[ab]-0 stopped→starting/.test(reason)).length;
    await waitUntil(async () => (await starts()) >= 4, 60_000, 'they do not take turns');
    isOver = true;
    await Promise.all(clients);

    for (const name of ['a', 'b'] as const) {
      expect(new Set(answers[name].map(({ status, text }) => `${status} ${text}`))).toEqual(
        new Set([`200 ${join(workplace.folder, name)} answers`]),
      );
    }
    // Both never run at once.
    for (const { workers } of started.client.tables) {
      expect(workers.filter(({ status }) => status !== 'stopping' && status !== 'draining').length).toBeLessThanOrEqual(1);
    }
    expect((await reasons(started)).join('\n')).toMatch(/a-0 ready→draining: evicted for b: \d requests? waits? for it/);
  });

  it('hold a request until its model is started, streamed or not', async () => {
    const { workplace, DEPLOYMENTS } = shared({ startDelayMs: 500 });
    const started = await running({ DEPLOYMENTS, MODEL_ALIASES: '' }, workplace);
    gateway = await GatewayProcess.start(workplace, started.client.url);
    await untilWorkers(started, '');

    const [plain, streamed] = await Promise.all([
      gateway.complete('b'),
      fetch(`${gateway.url}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'b', prompt: 'x', stream: true, interleave: { max_turns: 0 } }),
      }).then((response) => response.text()),
    ]);

    expect(plain).toEqual({ status: 200, text: `${join(workplace.folder, 'b')} answers` });
    expect(streamed).toContain(' answers');
    expect(streamed).toContain('[DONE]');
    await waitUntil(async () => (await row(started, 1)).held_requests === 0, PATIENCE_MS, 'answered requests are still counted');
    await untilWorkers(started, '');
  });

  it('say why a start failed, and try anew for a later request', async () => {
    const { workplace, DEPLOYMENTS } = shared({ exitAtStart: 1, lastWords: 'ValueError: this model is broken' });
    const started = await running({ DEPLOYMENTS, MODEL_ALIASES: '', MAX_RESTARTS: '0', NUM_MODELS: '0', MAX_MODELS: '1' }, workplace);
    gateway = await GatewayProcess.start(workplace, started.client.url);

    const failed = await gateway.complete('a');
    expect(failed).toMatchObject({ status: 503, text: expect.stringContaining('this model is broken') as string });
    workplace.behave({});
    await untilWorkers(started, '');

    expect(await gateway.complete('a')).toMatchObject({ status: 200 });
    expect(await reasons(started)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^a-0 failed→stopped: scaled down: it has failed, and nothing came of it for/)]),
    );
  });
});
