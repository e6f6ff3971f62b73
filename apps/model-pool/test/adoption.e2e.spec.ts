import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@interleave/testing';
import { buildModelPool, ModelPoolProcess, startInVain } from './model-pool-process';
import { control } from './pool-client';
import { Workplace } from './pool-settings';
import { isRunning, killLeftovers, records, workerProcesses } from './processes';

let workplace: Workplace;

beforeAll(buildModelPool);
beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => killLeftovers(workplace));

async function readyAndKilled(): Promise<{ pid: number; url: string }> {
  const pool = await ModelPoolProcess.start(workplace);
  const { url } = await pool.client.untilReady();
  const [record] = records(workplace);
  await pool.end('SIGKILL');
  return { pid: record!.process.pid, url };
}

describe('after a crash of model-pool', () => {
  it('its workers serve on and are adopted by the next one, which also notices their end', async () => {
    const { pid, url } = await readyAndKilled();
    expect((await fetch(`${url}/health`)).status).toBe(200);

    const next = await ModelPoolProcess.start(workplace);
    const row = await next.client.untilReady();

    expect(row.url).toBe(url);
    expect(records(workplace)[0]?.process.pid).toBe(pid);
    await control(row, 'crash');
    await waitUntil(() => next.client.rows().find(({ status, restarts }) => status === 'ready' && restarts === 1), 10_000, 'restart');
    expect(isRunning(pid)).toBe(false);
    await next.end('SIGTERM');
    expect(workerProcesses(workplace)).toEqual([]);
  });

  it('a worker in the middle of its start is adopted too', async () => {
    workplace.behave({ startDelayMs: 4_000 });
    const first = await ModelPoolProcess.start(workplace);
    await waitUntil(() => records(workplace).length === 1, 5_000, 'no record');
    const pid = records(workplace)[0]!.process.pid;
    await first.end('SIGKILL');

    const next = await ModelPoolProcess.start(workplace);
    await next.client.untilReady();

    expect(records(workplace)[0]?.process.pid).toBe(pid);
    await next.end('SIGTERM');
  });

  it('what was changed through the API is still wanted, until an orderly end', async () => {
    const first = await ModelPoolProcess.start(workplace);
    await first.client.untilReady();
    await first.client.send('POST', '/v1/deployments/tiny/scale', { num_models: 2 });
    await first.client.untilReady('tiny-1');
    const pids = workerProcesses(workplace);
    await first.end('SIGKILL');

    const second = await ModelPoolProcess.start(workplace);
    await Promise.all([second.client.untilReady('tiny-0'), second.client.untilReady('tiny-1')]);
    expect(workerProcesses(workplace)).toEqual(pids);
    await second.end('SIGTERM');

    const third = await ModelPoolProcess.start(workplace);
    await third.client.untilReady();
    expect(await third.client.workers()).toEqual(['tiny-0 ready']);
    await third.end('SIGTERM');
  });

  it('the model whose turn it was goes on, and no other one is started for it', async () => {
    const cores = availableParallelism();
    const DEPLOYMENTS = join(workplace.folder, 'deployments.yaml');
    const items = ['a', 'b'].map((name) => {
      mkdirSync(join(workplace.folder, name));
      writeFileSync(join(workplace.folder, name, 'config.json'), '{}');
      return `- { name: ${name}, model_path: ${join(workplace.folder, name)}, min_models: 0, tensor_parallel_size: ${cores} }\n`;
    });
    writeFileSync(DEPLOYMENTS, items.join(''));
    const first = await ModelPoolProcess.start(workplace, { DEPLOYMENTS, MODEL_ALIASES: '', SWAP_AFTER: '1' });
    await first.client.untilReady('a-0');
    const isSwapped = async (): Promise<boolean> => {
      await first.client.send('POST', '/v1/deployments/b/demand', { gateway: 'g', requests: 1 });
      return first.client.rows('b-0').some(({ status }) => status === 'ready');
    };
    await waitUntil(isSwapped, 30_000, 'b does not take its turn');
    const pids = workerProcesses(workplace);
    await first.end('SIGKILL');

    const next = await ModelPoolProcess.start(workplace, { DEPLOYMENTS, MODEL_ALIASES: '', SWAP_AFTER: '1' });
    await next.client.untilReady('b-0');

    expect(await next.client.workers()).toEqual(['b-0 ready']);
    expect(workerProcesses(workplace)).toEqual(pids);
    await next.end('SIGTERM');
  });

  it('workers of other settings are ended', async () => {
    const { pid } = await readyAndKilled();

    const next = await ModelPoolProcess.start(workplace, { MAX_MODEL_LEN: '256' });

    expect(isRunning(pid)).toBe(false);
    expect(await next.client.untilReady()).toMatchObject({ max_model_len: 256 });
    await next.end('SIGTERM');
  });

  it('a worker that does not take the recorded key is ended', async () => {
    const { pid } = await readyAndKilled();
    const [record] = records(workplace);
    writeFileSync(join(workplace.stateDirectory, 'workers/tiny-0.json'), JSON.stringify({ ...record, apiKey: 'another' }));

    const next = await ModelPoolProcess.start(workplace);

    expect(isRunning(pid)).toBe(false);
    await next.client.untilReady();
    await next.end('SIGTERM');
  });

  it('a process that only has the recorded pid is left alone', async () => {
    const { pid } = await readyAndKilled();
    process.kill(-pid, 'SIGKILL');
    const [record] = records(workplace);
    const stranger = { ...record, process: { pid: process.pid, startedAt: record!.process.startedAt } };
    writeFileSync(join(workplace.stateDirectory, 'workers/tiny-0.json'), JSON.stringify(stranger));

    const next = await ModelPoolProcess.start(workplace);
    await next.client.untilReady();

    expect(records(workplace)[0]?.process.pid).not.toBe(process.pid);
    await next.end('SIGTERM');
  });

  it('workers without a record are ended', async () => {
    const { pid } = await readyAndKilled();
    rmSync(join(workplace.stateDirectory, 'workers/tiny-0.json'));

    const next = await ModelPoolProcess.start(workplace);

    expect(isRunning(pid)).toBe(false);
    await next.end('SIGTERM');
  });
});

describe('model-pool', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('leaves no process and no record at %s', async (signal) => {
    workplace.behave({ child: true });
    const pool = await ModelPoolProcess.start(workplace, { NUM_MODELS: '2' });
    await Promise.all([pool.client.untilReady('tiny-0'), pool.client.untilReady('tiny-1')]);

    const code = await pool.end(signal);

    expect(code).toBe(0);
    expect(workerProcesses(workplace)).toEqual([]);
    expect(readdirSync(join(workplace.stateDirectory, 'workers')).filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  it('leaves no process when it is told to end while a worker starts', async () => {
    workplace.behave({ startDelayMs: 60_000 });
    const pool = await ModelPoolProcess.start(workplace);

    await pool.end('SIGTERM');

    expect(workerProcesses(workplace)).toEqual([]);
  });

  it('keeps keys in files that only its user can read', async () => {
    const pool = await ModelPoolProcess.start(workplace);
    await pool.client.untilReady();

    const mode = (name: string): string => (statSync(join(workplace.stateDirectory, name)).mode & 0o777).toString(8);

    expect([mode('workers'), mode('workers/tiny-0.json'), mode('workers/tiny-0.log')]).toEqual(['700', '600', '600']);
    await pool.end('SIGTERM');
  });

  it('does not start beside another one on the same state directory', async () => {
    const pool = await ModelPoolProcess.start(workplace);

    const { code, output } = await startInVain(workplace, {});

    expect(code).toBe(2);
    expect(output).toContain('uses STATE_DIRECTORY');
    await pool.end('SIGTERM');
  });

  it('that finds its port taken ends with status 2, and its workers with it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');

    const { code, output } = await startInVain(workplace, { POOL_PORT: String((other.address() as AddressInfo).port) });

    expect(code).toBe(2);
    expect(output).toContain('is in use');
    expect(workerProcesses(workplace)).toEqual([]);
    other.close();
  });

  it.each([
    [{ NUM_MODELS: '999' }, '999 models × 1 need 999 CPU cores, this machine has'],
    [{ MODEL_PATH: './nope' }, 'MODEL_PATH is "./nope", which is no file or folder here'],
    [{ VLLM_COMMAND: 'no-such-program serve' }, 'there is no program "no-such-program"'],
    [{ NUM_MODELS: '0' }, 'NUM_MODELS is 0 and there are no EXTERNAL_WORKERS'],
  ])('with %j ends with status 2 and a sentence that says what to set', async (changes, sentence) => {
    const { code, output } = await startInVain(workplace, changes);

    expect(code).toBe(2);
    expect(output).toContain(sentence);
  });
});
