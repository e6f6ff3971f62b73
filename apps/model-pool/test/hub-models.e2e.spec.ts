import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolEvent } from '@interleave/contracts';
import { FakeHub, waitUntil } from '@interleave/testing';
import { buildModelPool, ModelPoolProcess } from './model-pool-process';
import { startPool } from './pool-in-process';
import type { RunningPool } from './pool-in-process';
import { Workplace } from './pool-settings';
import { killLeftovers, records, workerProcesses } from './processes';

jest.setTimeout(120_000);

/** A file of weights with one tensor of these many bytes. */
function tensors(bytes: number): Buffer {
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, randomBytes(bytes)]);
}

const NAME = 'org/qwen';
const ID = 'qwen-0';
const WEIGHTS = tensors(400_000);

describe('a model of the hub', () => {
  let hub: FakeHub;
  let workplace: Workplace;
  let pool: RunningPool | null = null;

  beforeAll(buildModelPool);
  beforeEach(async () => {
    hub = await FakeHub.start();
    await hub.publish(NAME, { 'config.json': '{"model_type": "qwen2"}', 'model.safetensors': WEIGHTS, 'README.md': 'x' });
    workplace = new Workplace();
  });
  afterEach(async () => {
    await pool?.close();
    pool = null;
    killLeftovers(workplace);
    await hub.stop();
  });

  const settings = (changes: Record<string, string> = {}): Record<string, string> => ({
    MODEL_PATH: NAME,
    MODEL_ALIASES: '',
    HF_ENDPOINT: hub.url,
    HF_HOME: join(workplace.folder, 'hf'),
    HF_HUB_CACHE: '',
    // Of whoever runs the tests.
    HF_TOKEN: hub.token,
    ...changes,
  });
  const running = async (changes: Record<string, string> = {}): Promise<RunningPool> => {
    pool = await startPool({}, settings(changes), workplace);
    return pool;
  };
  const ofProcess = (file: 'cmdline' | 'environ'): string[] =>
    readFileSync(`/proc/${records(workplace)[0]?.process.pid}/${file}`, 'utf8').split('\0');
  const snapshot = (): string => join(workplace.folder, 'hf/hub/models--org--qwen/snapshots', hub.repositories.get(NAME)?.head.id ?? '');

  it('is downloaded before its worker starts, which serves it under its name; how far it is, everybody sees', async () => {
    // Longer than a start may take: that time begins when the files are here.
    hub.strike('cdn:slow@30000');
    const { client } = await running({ START_TIMEOUT: '10' });

    const downloading = await client.until(({ activity }) => /^downloading: [1-9]/.test(activity ?? ''), 30_000, ID);
    expect(downloading).toMatchObject({ status: 'starting', url: '', error: null });
    expect(downloading.activity).toMatch(/^downloading: \d+ % of 400 kB(, .*\/s, \d+ s left)?$/);
    expect(await (await client.request('/ready')).json()).toMatchObject({
      reason: expect.stringContaining('qwen-0 is starting (downloading: '),
    });
    expect(workerProcesses(workplace)).toEqual([]);

    const row = await client.until(({ status }) => status === 'ready', 60_000, ID);
    expect(row).toMatchObject({ served_names: [NAME], restarts: 0, error: null, activity: null });
    expect(ofProcess('cmdline')).toEqual(expect.arrayContaining([snapshot(), '--served-model-name', NAME]));
    expect(ofProcess('environ')).toContain('HF_HUB_OFFLINE=1');
    const { body } = await client.send('GET', '/v1/events');
    const said = (body['events'] as PoolEvent[]).map(({ because }) => because).filter((text) => text.startsWith('downloading'));
    expect(said.length).toBeGreaterThan(3);
    expect(said.length).toBeLessThan(13);
  });

  it('is there at once the next time, also without the hub', async () => {
    await (await running()).client.until(({ status }) => status === 'ready', 60_000, ID);
    await pool?.close();
    await hub.stop();

    const { client } = await running({ HF_HUB_OFFLINE: '1' });

    await client.until(({ status }) => status === 'ready', 30_000, ID);
    expect(client.rows(ID).every(({ activity }) => !activity)).toBe(true);
    expect(ofProcess('cmdline')).toContain(snapshot());
  });

  it('comes once for all copies, and stops coming when model-pool ends', async () => {
    hub.strike('cdn:slow@50000');
    const { client } = await running({ NUM_MODELS: '2' });
    await client.until(({ activity }) => /^downloading: [1-9]/.test(activity ?? ''), 30_000, 'qwen-1');
    expect(hub.openRequests).toBe(1);

    const endsAt = performance.now();
    await pool?.close();
    pool = null;

    expect(performance.now() - endsAt).toBeLessThan(20_000);
    await waitUntil(() => hub.openRequests === 0, 10_000);
    expect(existsSync(snapshot())).toBe(false);
  });

  it('goes on coming where it stopped when model-pool was killed', async () => {
    hub.strike('cdn:slow@100000');
    const first = await ModelPoolProcess.start(workplace, settings());
    await first.client.until(({ activity }) => /^downloading: [3-9]\d /.test(activity ?? ''), 60_000, ID);
    await first.end('SIGKILL');
    await waitUntil(() => hub.openRequests === 0, 10_000);

    const second = await ModelPoolProcess.start(workplace, settings());
    await second.client.until(({ status }) => status === 'ready', 60_000, ID);
    const [before] = records(workplace);
    await second.end('SIGKILL');

    // A worker on files of the hub is taken over as any other.
    const third = await ModelPoolProcess.start(workplace, settings());
    try {
      await third.client.until(({ status }) => status === 'ready', 60_000, ID);
      expect(records(workplace)[0]?.process).toEqual(before?.process);
    } finally {
      await third.end('SIGTERM');
    }

    await waitUntil(() => hub.openRequests === 0, 10_000);
    const rest = hub.received.filter(({ route }) => route === 'cdn').at(-1);
    expect(rest).toMatchObject({ status: 206 });
    expect(rest?.bytes).toBeLessThan(0.75 * WEIGHTS.length);
    expect(readFileSync(join(snapshot(), 'model.safetensors'))).toEqual(WEIGHTS);
  });

  it('that is not there is told at the start, or, when it is asked for later, by a worker that never had a process', async () => {
    await expect(running({ MODEL_PATH: 'org/quen' })).rejects.toThrow('There is no model org/quen on the hub');

    const { client } = await running();
    await client.send('POST', '/v1/deployments', { model_path: 'org/nothing', name: 'nothing' });

    const row = await client.until(({ status }) => status === 'failed', 30_000, 'nothing-0');
    expect(row.error).toContain('There is no model org/nothing on the hub');
    expect(JSON.stringify(row)).not.toContain(hub.token);
  });

  it('whose hub breaks down meanwhile is tried again', async () => {
    hub.strike('cdn:500x6');
    const { client } = await running({ RESTART_DELAY: '0.1' });

    const row = await client.until(({ status }) => status === 'backoff', 90_000, ID);
    expect(row.error).toContain('answered 500 when asked for org/qwen, again and again');
    expect(await client.until(({ status }) => status === 'ready', 60_000, ID)).toMatchObject({ restarts: 1 });
  });
});
