import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, waitUntil } from '@interleave/testing';
import { describeUnless } from './describe-unless';
import { buildModelPool, ModelPoolProcess } from './model-pool-process';
import { SERVICE_TOKEN, Workplace } from './pool-settings';
import { killLeftovers, records, workerProcesses } from './processes';

const ROOT = join(__dirname, '../../..');
const GATEWAY = 'dist/apps/api-gateway/src/main.js';
const NEEDED = [GATEWAY, 'dist/apps/llama-worker/src/main.js', 'models/demo/demo.gguf'];
const ROUNDS = 20;
const CLIENTS = 3;
const TEST_TIMEOUT_MS = 8 * 60_000;

const missing = NEEDED.filter((path) => !existsSync(join(ROOT, path)));
const reason = missing.length === 0 ? null : `${missing.join(' and ')} is missing: npm run build makes it.`;

/** The gateway as a process of its own, and clients that ask it without a pause. */
class LoadedGateway {
  requests = 0;
  readonly failures: string[] = [];
  private readonly abort = new AbortController();
  private readonly clients: Promise<void>[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  static async start(workplace: Workplace, poolPort: number): Promise<LoadedGateway> {
    const port = await freePort();
    const logFile = join(workplace.folder, 'gateway.log');
    const output = openSync(logFile, 'a');
    const child = spawn(process.execPath, [join(ROOT, GATEWAY)], {
      cwd: workplace.folder,
      stdio: ['ignore', output, output],
      env: {
        PATH: process.env['PATH'] ?? '',
        API_PORT: String(port),
        MODEL_POOL_URL: `http://127.0.0.1:${poolPort}`,
        // No tool is called here: the port of nobody.
        TOOL_SERVER_URL: 'http://127.0.0.1:9',
        SERVICE_TOKEN,
        LOG_LEVEL: 'warn',
      },
    });
    const url = `http://127.0.0.1:${port}`;
    const gateway = new LoadedGateway(child, url);
    const isServing = (): Promise<boolean> =>
      fetch(`${url}/v1/models`).then(
        async (response) => (await response.text()).includes('"demo"'),
        () => false,
      );
    await waitUntil(isServing, 60_000, `the gateway serves nothing: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    return gateway;
  }

  load(): void {
    for (let client = 0; client < CLIENTS; client += 1) this.clients.push(this.askAndAsk());
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all(this.clients);
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  private async askAndAsk(): Promise<void> {
    while (!this.abort.signal.aborted) {
      const body = { model: 'demo', prompt: 'What is 2 + 2?', max_tokens: 24, interleave: { max_turns: 0 } };
      const response = await fetch(`${this.url}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }).catch((error: unknown) => error);
      this.requests += 1;
      if (!(response instanceof Response)) this.failures.push(String(response));
      else {
        const text = await response.text();
        if (response.status !== 200) this.failures.push(`${response.status} ${text.slice(0, 200)}`);
      }
    }
  }
}

describeUnless(reason, 'model-pool killed under load, again and again', () => {
  const workplace = new Workplace();
  let gateway: LoadedGateway | null = null;
  let pool: ModelPoolProcess | null = null;

  beforeAll(buildModelPool, TEST_TIMEOUT_MS);
  afterAll(async () => {
    await gateway?.stop();
    await pool?.end('SIGTERM').catch(() => undefined);
    killLeftovers(workplace);
  }, TEST_TIMEOUT_MS);

  it(
    `over ${ROUNDS} rounds takes its workers over, loses no request and leaks no process`,
    async () => {
      const poolPort = await freePort();
      const settings = {
        ENGINE: 'llama-worker',
        MODEL_PATH: 'demo',
        MODEL_ALIASES: '',
        ENGINE_ARGUMENTS: '',
        NUM_MODELS: '2',
        POOL_PORT: String(poolPort),
        PROBE_INTERVAL: '1',
        PROBE_TIMEOUT: '20',
        PROBE_FAILURES: '10',
        STOP_TIMEOUT: '15',
        DRAIN_TIMEOUT: '5',
      };
      pool = await ModelPoolProcess.start(workplace, settings);
      const { client } = pool;
      for (const id of ['demo-0', 'demo-1']) await client.until(({ status }) => status === 'ready', 120_000, id);
      const pids = workerProcesses(workplace).sort();
      gateway = await LoadedGateway.start(workplace, poolPort);
      gateway.load();

      for (let round = 0; round < ROUNDS; round += 1) {
        // At any moment from when it listens.
        await sleep(Math.random() * 800);
        await pool.end('SIGKILL');
        pool = null;
        await sleep(Math.random() * 300);
        pool = await ModelPoolProcess.start(workplace, settings);
        expect(workerProcesses(workplace).sort()).toEqual(pids);
      }
      const last = pool;
      for (const id of ['demo-0', 'demo-1']) await last.client.until(({ status }) => status === 'ready', 60_000, id);

      expect(records(workplace)).toHaveLength(2);
      const { requests, failures } = gateway;
      await gateway.stop();
      gateway = null;
      await last.end('SIGTERM');
      pool = null;
      process.stdout.write(
        `${ROUNDS} kills of model-pool: ${requests} requests, ${failures.length} failed, ${pids.length} workers adopted each time\n`,
      );
      expect(failures).toEqual([]);
      expect(requests).toBeGreaterThan(ROUNDS);
      expect(workerProcesses(workplace)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});
