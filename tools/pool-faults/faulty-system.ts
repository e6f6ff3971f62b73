import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerUnavailableReason, FakeToolServer } from '@interleave/testing';
import { findCores } from '../../apps/model-pool/src/devices/find-cores';
import { undoLater } from '../harness/cleanup';
import { processesWith } from '../harness/processes';
import { Services } from '../harness/services';
import { AskDemo } from './ask-demo';
import { CountedTools } from './counted-tools';
import { outputOf } from './known-question';
import { Load } from './load';
import type { LoadReport } from './load';
import type { PoolFaultsSettings } from './pool-faults.settings';
import { PoolWatch } from './pool-watch';

/** Two workers have a core each, and none is free. */
export const COPIES = 2;
export const DEPLOYMENT = 'demo';
const PROBES = { PROBE_INTERVAL: '2', PROBE_TIMEOUT: '10', PROBE_FAILURES: '3' };
const WARM_SANDBOXES = 4;

/** Gateway, model-pool, workers of the demo model and a tool server, and what is done to them. */
export class FaultySystem {
  private constructor(
    readonly settings: PoolFaultsSettings,
    readonly pool: PoolWatch,
    readonly gateway: AskDemo,
    /** Where the calls run, in words. */
    readonly sandbox: string,
    private readonly tools: CountedTools,
    private readonly stateDirectory: string,
    private readonly services: Services,
  ) {}

  static async start(settings: PoolFaultsSettings, progress: (line: string) => void): Promise<FaultySystem> {
    const cores = findCores().slice(0, COPIES);
    if (cores.length < COPIES) throw new Error(`Two workers need two CPU cores, and there is ${cores.length}.`);
    const services = new Services(progress);
    const { url: toolsUrl, sandbox } = await startTools(services, settings);
    const tools = await CountedTools.start(toolsUrl);
    undoLater(() => tools.stop());
    const pool = await services.startModelPool(poolEnvironment(settings), cores);
    const watch = PoolWatch.start(pool.url, services.serviceToken);
    undoLater(async () => watch.close());
    const startedAtMs = performance.now();
    const system = (gatewayUrl: string): FaultySystem =>
      new FaultySystem(settings, watch, new AskDemo(gatewayUrl), sandbox, tools, pool.stateDirectory, services);
    // Nothing runs yet that could fail for it.
    await system('').haveCopies(COPIES);
    progress(`${COPIES} workers are ready after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    const { url } = await services.startGateway('', tools.url, { MODEL_POOL_URL: pool.url });
    return system(url);
  }

  /** How long a worker may take to be ready here, however slow the machine. */
  get readyTimeoutMs(): number {
    return (this.settings.engine === 'vllm' ? 15 : 3) * 60_000;
  }

  underLoad(act: () => Promise<void>): Promise<LoadReport> {
    return Load.around(this.gateway, this.tools, this.settings, act);
  }

  /** Signals the whole process group of a worker. */
  signal(id: string, signal: 'SIGKILL' | 'SIGSTOP'): void {
    process.kill(-this.pidOf(id), signal);
  }

  pidOf(id: string): number {
    const record = JSON.parse(readFileSync(join(this.stateDirectory, 'workers', `${id}.json`), 'utf8')) as { process: { pid: number } };
    return record.process.pid;
  }

  /** So many copies, all ready and of one kind, and nothing else. */
  async haveCopies(copies: number): Promise<void> {
    if ((await this.pool.deployment()).num_models !== copies) {
      await this.pool.ask('POST', `/v1/deployments/${DEPLOYMENT}/scale`, { num_models: copies });
    }
    await this.pool.until(
      (workers) => workers.length === copies && workers.every(({ status }) => status === 'ready'),
      `${copies} workers are ready`,
      this.readyTimeoutMs,
    );
  }

  /** Ends everything. @returns the processes of workers that live on nevertheless */
  async stop(): Promise<readonly number[]> {
    this.pool.close();
    await Promise.all([this.gateway.close(), this.services.stop()]);
    return processesWith('INTERLEAVE_STATE_DIRECTORY', this.stateDirectory);
  }
}

function poolEnvironment({ engine, vllmCommand, drainTimeout }: PoolFaultsSettings): Record<string, string> {
  return {
    ENGINE: engine,
    MODEL_PATH: DEPLOYMENT,
    NUM_MODELS: String(COPIES),
    DRAIN_TIMEOUT: String(drainTimeout),
    ...PROBES,
    ...(engine === 'vllm' ? { VLLM_COMMAND: vllmCommand, DTYPE: 'float32', MAX_MODEL_LEN: '2048' } : {}),
  };
}

async function startTools(services: Services, { tools, clients }: PoolFaultsSettings): Promise<{ url: string; sandbox: string }> {
  const reason = tools === 'fake' ? 'asked for' : dockerUnavailableReason();
  if (tools === 'docker' && reason !== null) throw new Error(reason);
  if (reason === null) {
    const { url } = await services.startToolServer({ warm: Math.min(clients, WARM_SANDBOXES), maxSessions: clients });
    return { url, sandbox: 'Docker containers' };
  }
  const left = new Map<string, number>();
  const fake = await FakeToolServer.start({
    serviceToken: services.serviceToken,
    maxSessions: 1024,
    isRecording: false,
    canRevoke: true,
    script: ({ code, sessionId }) => {
      const output = outputOf(code, left.get(sessionId));
      left.set(sessionId, output);
      return `${output}\n`;
    },
  });
  undoLater(() => fake.stop());
  return { url: fake.url, sandbox: `a fake tool server (${reason})` };
}
