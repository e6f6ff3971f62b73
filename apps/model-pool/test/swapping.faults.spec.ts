import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { PoolEvent } from '@interleave/contracts';
import { waitUntil } from '@interleave/testing';
import { describeUnless } from './describe-unless';
import { buildGateway, GatewayProcess } from './gateway-process';
import type { Answer } from './gateway-process';
import { startPool } from './pool-in-process';
import type { RunningPool } from './pool-in-process';
import { Workplace } from './pool-settings';

const ROOT = join(__dirname, '../../..');
const MODEL = join(ROOT, 'models/demo/demo.gguf');
const NEEDED = [join(ROOT, 'dist/apps/llama-worker/src/main.js'), MODEL];
const NAMES = ['a', 'b'] as const;

const missing = NEEDED.filter((path) => !existsSync(path));
const reason = missing.length === 0 ? null : `${missing.join(' and ')} is missing: npm run build makes the first.`;

describeUnless(reason, 'two models on llama-workers that share one group of cores', () => {
  let pool: RunningPool;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    buildGateway();
    const workplace = new Workplace();
    const items = NAMES.map((name) => {
      const path = join(workplace.folder, `${name}.gguf`);
      symlinkSync(MODEL, path);
      return `- { name: ${name}, model_path: ${path}, model_aliases: [${name}], min_models: 0, tensor_parallel_size: ${availableParallelism()} }\n`;
    });
    const DEPLOYMENTS = join(workplace.folder, 'deployments.yaml');
    writeFileSync(DEPLOYMENTS, items.join(''));
    const engine = {
      ENGINE: 'llama-worker',
      ENGINE_ARGUMENTS: '',
      MODEL_ALIASES: '',
      PROBE_TIMEOUT: '10',
      STOP_TIMEOUT: '15',
      DRAIN_TIMEOUT: '30',
    };
    pool = await startPool({}, { ...engine, DEPLOYMENTS, SWAP_AFTER: '3', SCALE_DOWN_AFTER: '5' }, workplace);
    gateway = await GatewayProcess.start(workplace, pool.client.url);
  }, 180_000);
  afterAll(async () => {
    await gateway?.stop();
    await pool?.close();
  }, 60_000);

  const starts = async (): Promise<number> => {
    const { body } = await pool.client.send('GET', '/v1/events');
    return (body as { events: PoolEvent[] }).events.filter(({ to }) => to === 'starting').length;
  };

  it('take turns under load, and no request fails; then nothing of them is left running', async () => {
    const answers: Answer[] = [];
    const waitsMs: number[] = [];
    let isOver = false;
    const client = async (model: string): Promise<void> => {
      while (!isOver) {
        const startedAt = performance.now();
        answers.push(await gateway.complete(model));
        waitsMs.push(performance.now() - startedAt);
      }
    };
    const clients = [...NAMES, ...NAMES].map(client);
    await waitUntil(async () => (await starts()) >= 4, 150_000, 'they do not take turns');
    isOver = true;
    await Promise.all(clients);

    process.stdout.write(
      `${answers.length} answers, the longest after ${(Math.max(...waitsMs) / 1000).toFixed(1)} s, ${await starts()} starts\n`,
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.length).toBeGreaterThan(4);
    await waitUntil(async () => (await pool.client.workers()).length === 0, 60_000, 'they do not go to zero');
    expect(await gateway.complete('a')).toMatchObject({ status: 200 });
  }, 300_000);
});
