import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerRow } from '@interleave/contracts';
import { waitUntil } from '@interleave/testing';
import { containersOf, docker, removeContainersOf } from './containers';
import { describeUnless } from './describe-unless';
import { buildLlamaWorkerImage, whatImageLacks } from './llama-worker-image';
import { buildModelPool, ModelPoolProcess, startInVain } from './model-pool-process';
import { Workplace } from './pool-settings';

const READY_MS = 120_000;
/** Several starts of a container, each of which takes seconds on a machine with nothing else to do. */
jest.setTimeout(300_000);
const MODEL = join(__dirname, '../../../models/demo');

async function complete(row: WorkerRow, apiKey = row.api_key): Promise<Response> {
  return fetch(`${row.url}/v1/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey ?? ''}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: row.served_names[0], prompt: 'What is 2 + 2?', max_tokens: 4 }),
  });
}

describeUnless(whatImageLacks(), 'workers in containers', () => {
  let image = '';
  let workplace: Workplace;
  let pool: ModelPoolProcess | null = null;

  beforeAll(() => {
    image = buildLlamaWorkerImage();
    buildModelPool();
  }, 600_000);
  beforeEach(() => {
    workplace = new Workplace();
  });
  afterEach(async () => {
    await end('SIGTERM');
    removeContainersOf(workplace);
  });

  const settings = (changes: Record<string, string> = {}): Record<string, string> => ({
    LAUNCHER: 'container',
    WORKER_IMAGE: image,
    WORKER_SHARED_MEMORY: '0.125',
    ENGINE: 'llama-worker',
    MODEL_PATH: MODEL,
    MODEL_ALIASES: 'demo',
    ENGINE_ARGUMENTS: '',
    PROBE_INTERVAL: '0.5',
    PROBE_TIMEOUT: '10',
    PROBE_FAILURES: '5',
    STOP_TIMEOUT: '5',
    ...changes,
  });
  const start = async (changes: Record<string, string> = {}): Promise<ModelPoolProcess> => {
    pool = await ModelPoolProcess.start(workplace, settings(changes));
    return pool;
  };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = pool;
    pool = null;
    return ending === null ? null : ending.end(signal);
  };
  const ready = (from: ModelPoolProcess, restarts = 0): Promise<WorkerRow> =>
    from.client.until((row) => row.status === 'ready' && row.restarts === restarts, READY_MS, 'demo-0');

  it('answer to their key, on loopback, with no secret in what the engine shows of them; an end of model-pool leaves none', async () => {
    const running = await start({ SECRET_OF_OURS: 'hunter2', HF_TOKEN: 'hf_secret', WORKER_ENVIRONMENT: 'SECRET_OF_OURS' });
    const row = await ready(running);

    expect(row).toMatchObject({ engine: 'llama-worker', served_names: [MODEL, 'demo'], error: null });
    expect((await complete(row)).status).toBe(200);
    expect((await complete(row, 'another key')).status).toBe(401);

    const [id] = containersOf(workplace);
    const inspected = docker('inspect', id!);
    for (const secret of [row.api_key!, 'hunter2', 'hf_secret']) expect(inspected).not.toContain(secret);
    expect(docker('port', id!)).toBe(`8000/tcp -> 127.0.0.1:${new URL(row.url).port}`);
    expect(docker('exec', id!, 'sh', '-c', 'grep CapEff /proc/1/status; grep NoNewPrivs /proc/1/status; df -k /dev/shm')).toMatch(
      /CapEff:\s+0+\n\s*NoNewPrivs:\s+1\n[\s\S]*\b131072\b/,
    );
    // It has read them all the same, and the file is gone.
    const ask = 'ls /run/interleave; for p in /proc/[0-9]*; do tr "\\0" "\\n" < $p/environ; done';
    expect(docker('exec', id!, 'sh', '-c', `${ask} 2>/dev/null || true`)).toContain('SECRET_OF_OURS=hunter2');
    expect(docker('exec', id!, 'ls', '/run/interleave')).toBe('');

    expect(await end('SIGTERM')).toBe(0);
    expect(containersOf(workplace)).toEqual([]);
  });

  it('are started again when the worker in one is killed, and are gone once drained', async () => {
    const running = await start();
    const before = await ready(running);

    docker('exec', containersOf(workplace)[0]!, 'sh', '-c', 'kill -9 -1');

    const { error } = await running.client.until(({ status }) => status === 'backoff', 30_000, 'demo-0');
    expect(error).toContain('was ended by SIGKILL while it served');
    const row = await ready(running, 1);
    expect(row.api_key).not.toBe(before.api_key);
    expect((await complete(row)).status).toBe(200);
    expect(containersOf(workplace)).toHaveLength(1);

    await running.client.send('POST', '/v1/workers/demo-0/drain');
    await running.client.until(({ status }) => status === 'stopped', 30_000, 'demo-0');
    expect(containersOf(workplace)).toEqual([]);
  });

  it('that end at start are told with their last lines, and not left behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'broken-model-'));
    // Looks like one at first sight.
    writeFileSync(join(folder, 'broken.gguf'), `GGUF${'no weights'.repeat(20)}`);
    const running = await start({ MODEL_PATH: join(folder, 'broken.gguf'), MODEL_ALIASES: '' });

    const { error } = await running.client.until(({ status }) => status === 'failed' || status === 'backoff', READY_MS, 'broken-0');

    expect(error).toMatch(/^The worker ended with exit code \d+ before it was ready\./);
    expect(error).toMatch(/Its last lines:\n[\s\S]*broken\.gguf/);
    await waitUntil(() => containersOf(workplace).length === 0 || undefined, 30_000);
  });

  it('serve on while model-pool is killed, and are adopted; one that nobody wants any more and an orphan are removed', async () => {
    const first = await start({ NUM_MODELS: '1' });
    const row = await ready(first);
    const [id] = containersOf(workplace);
    await end('SIGKILL');
    expect((await complete(row)).status).toBe(200);
    const label = docker('inspect', '--format', '{{index .Config.Labels "interleave.pool"}}', id!);
    const orphan = docker('run', '--detach', '--init', '--label', `interleave.pool=${label}`, '--entrypoint', 'sleep', image, '600');
    const strange = docker(
      'run',
      '--detach',
      '--init',
      '--label',
      'interleave.pool=of-somebody-else',
      '--entrypoint',
      'sleep',
      image,
      '600',
    );

    try {
      const second = await start({ NUM_MODELS: '1' });
      const adopted = await ready(second);
      expect(adopted).toMatchObject({ url: row.url, api_key: row.api_key });
      expect(containersOf(workplace)).toEqual([id]);
      expect(docker('ps', '--quiet', '--no-trunc', '--filter', `id=${orphan}`)).toBe('');
      expect(docker('ps', '--quiet', '--no-trunc', '--filter', `id=${strange}`)).toBe(strange);
      const log = await (await second.client.request('/v1/workers/demo-0/log')).text();
      expect(log).toContain('listening');
      await end('SIGKILL');

      // Another model in its place: what ran is ended before anything else is started.
      const third = await start({ MODEL_ALIASES: 'other' });
      const replaced = await ready(third);
      expect(replaced.api_key).not.toBe(row.api_key);
      expect(containersOf(workplace)).not.toContain(id);
      expect(containersOf(workplace)).toHaveLength(1);
    } finally {
      docker('rm', '--force', strange);
    }
  });

  it('end with a model-pool that finds its port taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    const { code, output } = await startInVain(workplace, settings({ POOL_PORT: String(port) }));

    expect(code).toBe(2);
    expect(output).toContain('is in use');
    expect(containersOf(workplace)).toEqual([]);
    other.close();
  });

  it('of an image that is nowhere stop the start with a sentence', async () => {
    const { code, output } = await startInVain(workplace, settings({ WORKER_IMAGE: 'localhost:9/no/such-image:1' }));

    expect(code).toBe(2);
    expect(output).toContain('The image localhost:9/no/such-image:1 is not on this machine and cannot be pulled');
    expect(containersOf(workplace)).toEqual([]);
  });
});
