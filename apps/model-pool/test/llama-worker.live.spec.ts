import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerRow } from '@interleave/contracts';
import { FakeHub, waitUntil } from '@interleave/testing';
import { describeUnless } from './describe-unless';
import { startPool } from './pool-in-process';
import type { RunningPool } from './pool-in-process';
import { records, workerProcesses } from './processes';

const ROOT = join(__dirname, '../../..');
const NEEDED = ['dist/apps/llama-worker/src/main.js', 'models/demo/demo.gguf'];

const missing = NEEDED.filter((path) => !existsSync(join(ROOT, path)));
const reason = missing.length === 0 ? null : `${missing.join(' and ')} is missing: npm run build makes the first.`;

async function complete(row: WorkerRow): Promise<Response> {
  return fetch(`${row.url}/v1/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${row.api_key ?? ''}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: row.served_names[0], prompt: 'What is 2 + 2?', max_tokens: 4, return_token_ids: true }),
  });
}

describeUnless(reason, 'model-pool with the real llama-worker and the demo model', () => {
  let pool: RunningPool | null = null;

  afterEach(async () => {
    await pool?.close();
    pool = null;
  });

  const start = async (changes: Record<string, string> = {}): Promise<RunningPool> => {
    const settings = {
      ENGINE: 'auto',
      MODEL_PATH: 'demo',
      ENGINE_ARGUMENTS: '',
      MODEL_ALIASES: '',
      PROBE_TIMEOUT: '10',
      STOP_TIMEOUT: '15',
    };
    pool = await startPool({}, { ...settings, ...changes });
    return pool;
  };

  it('takes it without a GPU, and it answers under the name demo', async () => {
    const { client, workplace } = await start();

    const row = await client.until(({ status }) => status === 'ready', 60_000, 'demo-0');
    const answer = await complete(row);

    expect(row).toMatchObject({ engine: 'llama-worker', deployment: 'demo', served_names: ['demo'], error: null });
    expect(row.max_model_len).toBeGreaterThan(0);
    expect(row.max_running).toBe(16);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ model: 'demo', choices: [{ token_ids: expect.arrayContaining([expect.any(Number)]) }] });
    expect((await fetch(`${row.url}/v1/models`)).status).toBe(401);
    expect(await client.until(({ load }) => load !== null, 10_000, 'demo-0')).toMatchObject({ load: { running: 0, waiting: 0 } });

    await pool?.close();
    pool = null;
    expect(workerProcesses(workplace)).toEqual([]);
  });

  it('takes a GGUF file of the hub, and from the cache where there is no hub', async () => {
    const hub = await FakeHub.start();
    await hub.publish('org/demo-GGUF', { 'demo.F16.gguf': readFileSync(join(ROOT, 'models/demo/demo.gguf')), 'README.md': '' });
    const name = 'hf:org/demo-GGUF:F16';
    const settings = { MODEL_PATH: name, HF_ENDPOINT: hub.url, HF_HOME: mkdtempSync(join(tmpdir(), 'hf-')) };
    const id = 'demo-GGUF-F16-0';

    const first = await (await start(settings)).client.until(({ status }) => status === 'ready', 60_000, id);
    expect(first).toMatchObject({ engine: 'llama-worker', served_names: [name] });
    expect(await (await complete(first)).json()).toMatchObject({ model: name, choices: [{ token_ids: expect.anything() }] });
    await pool?.close();
    await hub.stop();

    const again = await (await start({ ...settings, HF_HUB_OFFLINE: 'true' })).client.until(({ status }) => status === 'ready', 60_000, id);
    expect((await complete(again)).status).toBe(200);
    rmSync(settings.HF_HOME, { recursive: true });
  });

  it('starts it again when it is killed', async () => {
    const { client, workplace } = await start();
    await client.until(({ status }) => status === 'ready', 60_000, 'demo-0');
    const seen = client.tables.length;

    process.kill(records(workplace)[0]!.process.pid, 'SIGKILL');

    const { error } = await client.until(({ status }) => status === 'backoff', 10_000, 'demo-0');
    expect(error).toContain('was ended by SIGKILL while it served');
    const row = await waitUntil(
      () => client.rows('demo-0', seen).find(({ status, restarts }) => status === 'ready' && restarts === 1),
      60_000,
    );
    expect((await complete(row)).status).toBe(200);
  });
});
