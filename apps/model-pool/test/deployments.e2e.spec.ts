import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DeploymentRow, PoolEvent } from '@interleave/contracts';
import { waitUntil } from '@interleave/testing';
import { control } from './pool-client';
import { startPool } from './pool-in-process';
import type { RunningPool } from './pool-in-process';
import { SERVICE_TOKEN, Workplace } from './pool-settings';
import type { Behaviour } from './pool-settings';
import { workerProcesses } from './processes';

let pool: RunningPool | null = null;

async function running(changes: Record<string, string> = {}, workplace = new Workplace()): Promise<RunningPool> {
  pool = await startPool({}, changes, workplace);
  return pool;
}

async function untilWorkers({ client }: RunningPool, wanted: string): Promise<void> {
  const isThere = async (): Promise<boolean> => (await client.workers()).join() === wanted;
  const deadline = performance.now() + 20_000;
  while (!(await isThere())) {
    if (performance.now() > deadline) throw new Error(`wanted ${wanted}, got ${(await client.workers()).join()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A further model folder that the fake worker serves. */
function modelIn({ folder }: Workplace, name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'config.json'), '{}');
  return path;
}

const row = ({ body }: { body: Record<string, unknown> }): Partial<DeploymentRow> => body;

afterEach(async () => {
  await pool?.close();
  pool = null;
});

describe('deployments of one file', () => {
  const yaml = (workplace: Workplace, text: string): string => {
    const path = join(workplace.folder, 'deployments.yaml');
    writeFileSync(path, text);
    return path;
  };

  it('run side by side, each with what it sets', async () => {
    const workplace = new Workplace();
    const DEPLOYMENTS = yaml(
      workplace,
      `deployments:
  - model_path: ${workplace.modelPath}
    model_aliases: [small]
    max_model_len: 512
  - name: second
    model_path: ${modelIn(workplace, 'other')}
    max_model_len: 1024
`,
    );
    const { client } = await running({ DEPLOYMENTS, MODEL_ALIASES: '' }, workplace);

    const [tiny, second] = await Promise.all([client.untilReady('tiny-0'), client.untilReady('second-0')]);

    expect(tiny).toMatchObject({ deployment: 'tiny', served_names: [workplace.modelPath, 'small'], max_model_len: 512 });
    expect(second).toMatchObject({ deployment: 'second', served_names: [join(workplace.folder, 'other')], max_model_len: 1024 });
    expect(second.devices).not.toEqual(tiny.devices);
    expect(await client.send('GET', '/v1/deployments')).toMatchObject({
      body: {
        deployments: [
          { name: 'tiny', num_models: 1, min_models: 1, max_models: 1, wanted: 1, ready: 1, rollout: 'steady', engine: 'vllm' },
          { name: 'second', num_models: 1, ready: 1 },
        ],
      },
    });
  });

  it.each([
    ['- num_models: 1', 'deployment 1: A deployment needs a model_path'],
    ['- model_path: ./nope', 'MODEL_PATH is "./nope", which is no file or folder here'],
    ['- {model_path: MODEL, copies: 2}', 'deployment 1: A deployment has no "copies" here: model_path, model_aliases, num_models'],
    ['- {model_path: MODEL, num_models: many}', 'NUM_MODELS (--num-models) must be a whole number, but is "many"'],
    ['- {model_path: MODEL, num_models: 500}', '500 models × 1 need 500 CPU cores, this machine has'],
    ['- {model_path: MODEL}\n- {model_path: MODEL, name: again}', 'would be served by tiny and by again'],
    ['[', 'DEPLOYMENTS is'],
    ['nothing', 'it must hold a list of deployments'],
  ])('%j stops the start with a sentence', async (text, sentence) => {
    const workplace = new Workplace();

    await expect(
      running({ DEPLOYMENTS: yaml(workplace, text.replaceAll('MODEL', workplace.modelPath)), MODEL_ALIASES: '' }, workplace),
    ).rejects.toThrow(sentence);
    expect(workerProcesses(workplace)).toEqual([]);
  });
});

describe('a deployment', () => {
  it('is scaled up, down and to nothing', async () => {
    const started = await running({ DRAIN_TIMEOUT: '20' });
    const { client } = started;
    await client.untilReady();

    expect(await client.send('POST', '/v1/deployments/tiny/scale', { num_models: 2 })).toMatchObject({
      status: 202,
      body: { num_models: 2 },
    });
    await untilWorkers(started, 'tiny-0 ready,tiny-1 ready');
    await client.send('POST', '/v1/deployments/tiny/scale', { num_models: 1 });
    await untilWorkers(started, 'tiny-0 ready');
    expect(client.course('tiny-1')).toEqual(['starting', 'ready', 'draining', 'stopping']);
    await client.send('POST', '/v1/deployments/tiny/scale', { num_models: 0 });
    await untilWorkers(started, '');

    expect(workerProcesses(started.workplace)).toEqual([]);
    const { body } = await client.send('GET', '/v1/events');
    const reasons = (body as { events: PoolEvent[] }).events.map(({ worker, from, to, because }) => `${worker} ${from}→${to}: ${because}`);
    expect(reasons).toEqual(
      expect.arrayContaining([
        'tiny-0 stopped→starting: a copy is missing',
        'tiny-1 starting→ready: it answered a probe',
        'tiny-1 ready→draining: scaled to 1',
        'tiny-0 ready→draining: scaled to 0',
        'tiny-0 draining→stopping: its last request has ended',
      ]),
    );
  });

  it('gives the name of a worker that is gone to the next one, which nothing late is taken for', async () => {
    // What is still to come of the first one comes two seconds after it was told to stop.
    const STOP_TIMEOUT = '2';
    const started = await running({ STOP_TIMEOUT, NUM_MODELS: '2' });
    const { client } = started;
    await untilWorkers(started, 'tiny-0 ready,tiny-1 ready');
    await client.send('POST', '/v1/deployments/tiny/scale', { num_models: 1 });
    await untilWorkers(started, 'tiny-0 ready');

    await client.send('POST', '/v1/deployments/tiny/scale', { num_models: 2 });
    await untilWorkers(started, 'tiny-0 ready,tiny-1 ready');
    await new Promise((resolve) => setTimeout(resolve, 2_500));

    expect(client.course('tiny-1')).toEqual(['starting', 'ready', 'draining', 'stopping', 'starting', 'ready']);
  });

  it('is created beside another one, and deleted', async () => {
    const started = await running();
    const { client, workplace } = started;
    await client.untilReady();

    const model_path = modelIn(workplace, 'other');
    expect(await client.send('POST', '/v1/deployments', { model_path, name: 'other', num_models: 1 })).toMatchObject({ status: 201 });
    await untilWorkers(started, 'other-0 ready,tiny-0 ready');
    expect((await client.send('POST', '/v1/deployments', { model_path, name: 'other' })).status).toBe(409);
    expect((await client.send('DELETE', '/v1/deployments/other')).status).toBe(202);
    await untilWorkers(started, 'tiny-0 ready');

    expect((await client.send('DELETE', '/v1/deployments/other')).status).toBe(404);
  });

  it.each([
    [{ num_models: 1 }, 'model_path'],
    [{ model_path: './nope' }, 'no file or folder here'],
    [{ model_path: 'demo', vllm_command: 'sh -c' }, 'has no "vllm_command" here'],
    [{ model_path: 'demo', trust_remote_code: true }, 'has no "trust_remote_code" here'],
    [{ model_path: 'demo', name: '../../etc' }, 'The name of a deployment'],
    [{ model_path: 'demo', engine: 'warp' }, 'ENGINE'],
    [{ model_path: 'demo', num_models: availableParallelism() }, 'together need'],
    [[], 'A deployment is an object'],
  ])('%j is refused, and nothing starts', async (body, sentence) => {
    const { client } = await running();

    const answer = await client.send('POST', '/v1/deployments', body);

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request', message: expect.stringContaining(sentence) } } });
    expect((await client.workers()).length).toBe(1);
  });

  it.each([-1, 1.5, '2', null, 500])('is not scaled to %j', async (num_models) => {
    const { client } = await running();

    expect((await client.send('POST', '/v1/deployments/tiny/scale', { num_models })).status).toBe(400);
  });

  it('without a free device is replaced drain first, and its name stays in the table', async () => {
    const cores = availableParallelism();
    const started = await running({ TENSOR_PARALLEL_SIZE: String(cores) });
    const { client, workplace } = started;
    await client.untilReady();
    const seen = client.tables.length;

    const put = await client.send('PUT', '/v1/deployments/tiny', {
      model_path: workplace.modelPath,
      model_aliases: ['tiny', 'new'],
      tensor_parallel_size: cores,
    });
    expect(row(put)).toMatchObject({ rollout: 'rolling', served_names: [workplace.modelPath, 'tiny', 'new'] });
    await untilWorkers(started, 'tiny-1 ready');

    const tables = client.tables.slice(seen);
    expect(
      tables.every(({ workers }) => workers.some(({ served_names, status }) => served_names.includes('tiny') && status !== 'stopped')),
    ).toBe(true);
    expect(tables.every(({ workers }) => workers.filter(({ status }) => status === 'starting' || status === 'ready').length <= 1)).toBe(
      true,
    );
  });

  it('with a free device is restarted with one copy ready all the time', async () => {
    if (availableParallelism() < 2) throw new Error('This test needs two cores.');
    const started = await running();
    const { client } = started;
    const before = await client.untilReady();
    const seen = client.tables.length;

    expect((await client.send('POST', '/v1/deployments/tiny/restart')).status).toBe(202);
    await untilWorkers(started, 'tiny-1 ready');

    expect(client.tables.slice(seen).every(({ workers }) => workers.some(({ status }) => status === 'ready'))).toBe(true);
    expect((await client.table()).workers[0]?.url).not.toBe(before.url);
  });

  it('whose replacement fails serves on, says so, and takes a better one', async () => {
    const started = await running({ MAX_RESTARTS: '0' });
    const { client, workplace } = started;
    await client.untilReady();
    const broken: Behaviour = { exitAtStart: 2 };
    workplace.behave(broken);

    await client.send('POST', '/v1/deployments/tiny/restart');
    await untilWorkers(started, 'tiny-0 ready,tiny-1 failed');
    const { body } = await client.send('GET', '/v1/deployments');
    expect(body).toMatchObject({ deployments: [{ ready: 1, rollout: 'halted' }] });

    workplace.behave({});
    await client.send('POST', '/v1/deployments/tiny/restart');
    await waitUntil(() => client.rows('tiny-0').at(-1)?.status === 'stopping' || null, 20_000, 'the old one is not replaced');
    await untilWorkers(started, 'tiny-2 ready');
  });

  it('has a worker drained, which stays stopped until it is restarted', async () => {
    const started = await running();
    const { client } = started;
    await client.untilReady();

    expect((await client.send('POST', '/v1/workers/tiny-0/drain')).status).toBe(202);
    await untilWorkers(started, 'tiny-0 stopped');
    expect(workerProcesses(started.workplace)).toEqual([]);
    await client.send('POST', '/v1/workers/tiny-0/restart');

    await untilWorkers(started, 'tiny-0 ready');
  });
});

describe('a deployment that is drained', () => {
  const copies = String(availableParallelism());
  const all = (status: string): string => Array.from({ length: availableParallelism() }, (_, index) => `tiny-${index} ${status}`).join();

  it('lets its requests finish, stays stopped, and is started by a restart, with or without a free device', async () => {
    const started = await running({ NUM_MODELS: copies, DRAIN_TIMEOUT: '20' });
    const { client, workplace } = started;
    await untilWorkers(started, all('ready'));
    const busy = (await client.table()).workers[0]!;
    await control(busy, 'load', { running: 1, waiting: 0 });

    const drained = await client.send('POST', '/v1/deployments/tiny/drain');
    expect(drained).toMatchObject({ status: 202, body: { name: 'tiny', ready: 0, rollout: 'steady' } });
    await waitUntil(async () => (await client.workers()).includes('tiny-1 stopped'), 20_000, 'an idle worker goes on');
    expect(await client.workers()).toContain(`${busy.id} draining`);
    await control(busy, 'load', { running: 0, waiting: 0 });
    await untilWorkers(started, all('stopped'));
    expect(workerProcesses(workplace)).toEqual([]);

    await client.send('POST', '/v1/deployments/tiny/restart');
    await waitUntil(
      async () => {
        const rows = await client.workers();
        return rows.length === availableParallelism() && rows.every((one) => one.endsWith(' ready'));
      },
      20_000,
      'it does not come back',
    );
  });

  it('is started by a scaling, also to as many copies as before', async () => {
    const started = await running();
    const { client } = started;
    await client.untilReady();
    await client.send('POST', '/v1/deployments/tiny/drain');
    await untilWorkers(started, 'tiny-0 stopped');

    await client.send('POST', '/v1/deployments/tiny/scale', { num_models: 1 });

    await untilWorkers(started, 'tiny-0 ready');
    const { body } = await client.send('GET', '/v1/events');
    const reasons = (body as { events: PoolEvent[] }).events.map(({ worker, from, to, because }) => `${worker} ${from}→${to}: ${because}`);
    expect(reasons).toEqual(
      expect.arrayContaining([
        'tiny-0 ready→draining: a drain of its deployment was asked for',
        'tiny-0 stopped→starting: its deployment was scaled',
      ]),
    );
  });

  it('is refused where there is none, or while its workers are being replaced', async () => {
    const started = await running();
    const { client, workplace } = started;
    await client.untilReady();
    expect((await client.send('POST', '/v1/deployments/nobody/drain')).status).toBe(404);
    workplace.behave({ startDelayMs: 3_000 });
    await client.send('POST', '/v1/deployments/tiny/restart');

    expect(await client.send('POST', '/v1/deployments/tiny/drain')).toMatchObject({
      status: 409,
      body: { error: { message: 'The workers of "tiny" are being replaced: drain it when that is done.' } },
    });
  });
});

describe('npm run pool', () => {
  const runCli = async ({ client }: RunningPool, ...words: string[]): Promise<string> => {
    const program = join(__dirname, '../../../tools/pool/pool.mjs');
    const env = { PATH: process.env['PATH'] ?? '', POOL_URL: client.url, SERVICE_TOKEN };
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...words], { env, timeout: 20_000 });
    return stdout;
  };

  it('drains a whole deployment, which a scaling starts again', async () => {
    const started = await running({ NUM_MODELS: '2' });
    await untilWorkers(started, 'tiny-0 ready,tiny-1 ready');

    expect(await runCli(started, 'drain', 'tiny')).toBe('All workers of tiny drain and stay stopped: npm run pool -- restart tiny\n');
    await untilWorkers(started, 'tiny-0 stopped,tiny-1 stopped');
    await runCli(started, 'scale', 'tiny', '2');
    await untilWorkers(started, 'tiny-0 ready,tiny-1 ready');
  });

  it('lists, scales, drains, restarts and shows logs and events', async () => {
    const started = await running();
    await started.client.untilReady();

    expect(await runCli(started, 'ls')).toMatch(/tiny +vllm +1 +1 +1 +0 +steady[^]*tiny-0 +ready +cpu:/);
    expect(await runCli(started, 'scale', 'tiny', '2')).toBe('tiny: 2 wanted, 1 ready.\n');
    await untilWorkers(started, 'tiny-0 ready,tiny-1 ready');
    expect(await runCli(started, 'scale', 'tiny', '0-2')).toBe('tiny: 2 wanted, 2 ready.\n');
    expect(await runCli(started, 'ls')).toMatch(/tiny +vllm +0-2 +2 +2 +0 +steady/);
    expect(await runCli(started, 'drain', 'tiny-1')).toBe('tiny-1 is draining.\n');
    await untilWorkers(started, 'tiny-0 ready,tiny-1 stopped');
    await runCli(started, 'restart', 'tiny-1');
    await untilWorkers(started, 'tiny-0 ready,tiny-1 ready');
    expect(await runCli(started, 'logs', 'tiny-0')).toMatch(/^fake worker \d+ serves /);
    expect(await runCli(started, 'events')).toContain('tiny-1  ready → draining: a drain was asked for');
    expect(await runCli(started, 'devices')).toMatch(/cpu:\d+ .*tiny-/);
    await expect(runCli(started, 'drain', 'nobody')).rejects.toThrow('There is no worker "nobody"');
    expect(await (await started.client.request('/metrics')).text()).toMatch(/interleave_pool_copies\{.*state="wanted".*\} 2/);
  }, 90_000);
});
