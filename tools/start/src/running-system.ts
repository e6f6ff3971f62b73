import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GatewaySettings, ModelPoolSettings, ToolServerSettings } from '@interleave/settings';
import { withProgress } from './progress';
import { ServiceProcess } from './service-process';
import { serviceEnvironment } from './start-settings';
import type { StartSettings } from './start-settings';

/** Beyond its drain time a service gets this long to remove what it created. */
const CLEAN_UP_MS = 30_000;

/** The services that this start runs. */
export class RunningSystem {
  /** In the order they were started; stopped the other way round. */
  private readonly services: ServiceProcess[] = [];
  private readonly stateFolder: string;
  private readonly runningFile: string;

  constructor(
    private readonly root: string,
    private readonly settings: StartSettings,
    private readonly environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.stateFolder = join(root, '.interleave');
    this.runningFile = join(this.stateFolder, 'running.json');
  }

  get logFolder(): string {
    return join(this.stateFolder, 'logs');
  }

  get apiUrl(): string {
    const { apiHost, apiPort } = this.settings.gateway;
    return `http://${apiHost === '0.0.0.0' || apiHost === '::' ? '127.0.0.1' : apiHost}:${apiPort}`;
  }

  /** Starts what is ours and waits until all of it is ready. */
  async start(signal: AbortSignal): Promise<void> {
    mkdirSync(this.logFolder, { recursive: true });
    const { gateway, modelPool, toolServer } = this.settings;
    const waits: Promise<void>[] = [];
    const wait = (title: string, service: ServiceProcess, url: string): void => {
      waits.push(withProgress(title, (report) => service.waitUntilReady(url, report, signal)));
    };
    if (modelPool) {
      const settings = { ...modelPool, stateDirectory: resolve(this.root, modelPool.stateDirectory) } as ModelPoolSettings;
      const environment = serviceEnvironment(ModelPoolSettings, settings, this.environment);
      wait(`Starting the model (${modelPool.modelPath})`, this.spawn('model-pool', environment), `http://127.0.0.1:${modelPool.poolPort}`);
    }
    if (toolServer) {
      const environment = serviceEnvironment(ToolServerSettings, toolServer, this.environment);
      wait('Warming the sandboxes', this.spawn('tool-server', environment), `http://127.0.0.1:${toolServer.toolPort}`);
    }
    wait('Starting the OpenAI API', this.spawn('api-gateway', serviceEnvironment(GatewaySettings, gateway, this.environment)), this.apiUrl);
    await Promise.all(waits);
    const pool = modelPool ? { url: `http://127.0.0.1:${modelPool.poolPort}`, token: modelPool.serviceToken } : undefined;
    // Anew each time: a file that is there already keeps its mode, and this one holds a token.
    rmSync(this.runningFile, { force: true });
    writeFileSync(this.runningFile, JSON.stringify({ url: `${this.apiUrl}/v1`, pid: process.pid, pool }), { mode: 0o600 });
  }

  /** Resolves when a service ends by itself, which none should. */
  async whenBroken(): Promise<ServiceProcess> {
    return Promise.race(this.services.map(async (service) => service.whenExited().then(() => service)));
  }

  /** Gateway first, so that running answers can still use the others while they drain. */
  async stop(hurry: AbortSignal): Promise<void> {
    const timeoutMs = this.settings.gateway.drainTimeout * 1000 + CLEAN_UP_MS;
    const [gateway, ...others] = [...this.services].reverse();
    await gateway?.stop(timeoutMs, hurry);
    await Promise.all(others.map((service) => service.stop(timeoutMs, hurry)));
    if (existsSync(this.runningFile)) rmSync(this.runningFile);
  }

  private spawn(name: string, environment: Record<string, string>): ServiceProcess {
    const service = new ServiceProcess({
      name,
      program: join(this.root, 'dist/apps', name, 'src/main.js'),
      environment,
      logFile: join(this.logFolder, `${name}.log`),
      workingDirectory: this.root,
    });
    this.services.push(service);
    return service;
  }
}
