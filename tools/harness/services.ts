import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@interleave/testing';
import type { FakeAnswer } from '@interleave/testing';
import { splitCommand } from '@interleave/worker-lifecycle';
import { ChildProgram } from './child-program';
import type { ChildProgramOptions } from './child-program';
import { undoLater } from './cleanup';
import { RunningToolServer } from './running-tool-server';

const START_TIMEOUT_MS = 30_000;
/** The first start builds the sandbox image. */
const SANDBOX_START_TIMEOUT_MS = 20 * 60_000;
const MAX_FAILED_BUILDS = 3;
const MODEL_START_TIMEOUT_MS = 120_000;
const VLLM_START_TIMEOUT_MS = 10 * 60_000;
const DEMO_MODEL = join(__dirname, '../../../models/demo');

export interface ToolServerOptions {
  /** Sandboxes that are ready before anything is asked of it. */
  readonly warm: number;
  readonly maxSessions?: number;
  /** Further variables of the tool server. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Replies chosen by how the prompt ends: patterns, of which the first that fits counts. */
export interface FakeRules {
  readonly rules: readonly { readonly end: string; readonly reply: FakeAnswer }[];
}

/** Everything that a part needs around it: services as processes on free ports, one token, one folder; all of it gone after `stop`. */
export class Services {
  readonly serviceToken = randomBytes(24).toString('hex');
  private readonly folder = mkdtempSync(join(tmpdir(), 'interleave-bench-'));
  private readonly programs: ChildProgram[] = [];
  private files = 0;

  constructor(private readonly progress: (line: string) => void) {}

  async startToolServer(options: ToolServerOptions): Promise<RunningToolServer> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const { warm, maxSessions = warm, environment = {} } = options;
    const program = this.start({
      script: 'apps/tool-server/src/main.js',
      environment: {
        TOOL_PORT: String(port),
        SANDBOX: 'docker',
        SANDBOX_POOL_SIZE: String(warm),
        SANDBOX_MAX_SESSIONS: String(maxSessions),
        SERVICE_TOKEN: this.serviceToken,
        LOG_LEVEL: 'warn',
        ...environment,
      },
    });
    let failedBuilds = 0;
    await program.ready(`${url}/ready`, SANDBOX_START_TIMEOUT_MS, (reason) => {
      this.progress(`  tool-server: ${reason}`);
      // The server tries for ever; here somebody waits for it.
      if (reason.includes('could not be built') && ++failedBuilds === MAX_FAILED_BUILDS) throw new Error(reason);
    });
    const server = new RunningToolServer(url, this.serviceToken, program);
    await server.untilWarm(warm, (idle) => this.progress(`  tool-server: ${idle} of ${warm} sandboxes are warm`));
    return server;
  }

  async startFakeToolServer(): Promise<string> {
    const program = this.start({ script: 'tools/harness/fake-tool-server.js', environment: { SERVICE_TOKEN: this.serviceToken } });
    return program.firstLine();
  }

  startEchoServer(): Promise<string> {
    return this.start({ script: 'tools/bench/echo-server.js' }).firstLine();
  }

  /** An engine that takes no time. */
  async startFakeVllm(replies: readonly FakeAnswer[] | FakeRules): Promise<string> {
    return (await this.startScriptedVllm('rules' in replies ? replies : { rounds: replies })).url;
  }

  /** @param script of the fake vLLM @param args such as its pace */
  async startScriptedVllm(
    script: unknown,
    args: readonly string[] = [],
  ): Promise<{ readonly url: string; readonly program: ChildProgram }> {
    const file = this.newFile();
    writeFileSync(file, JSON.stringify(script));
    const program = this.start({ script: 'tools/fake-vllm/main.js', args: ['--script', file, '--max-model-len', '8192', ...args] });
    return { url: await program.firstLine(), program };
  }

  /** A program of ours that ends by itself. */
  async run(script: string, args: readonly string[], timeoutMs: number): Promise<void> {
    await this.start({ script, args }).end(timeoutMs);
  }

  /** Path of a file that goes with the services. */
  newFile(): string {
    this.files += 1;
    return join(this.folder, `file-${this.files}.json`);
  }

  /** Real vLLM with the demo model, by its command, as "vllm serve"; it takes two minutes on two cores. */
  async startVllm(command: string): Promise<{ readonly url: string; readonly program: ChildProgram }> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const [first = '', ...leading] = splitCommand(command);
    const program = this.start({
      script: [first, ...leading],
      args: [
        DEMO_MODEL,
        ...['--served-model-name', 'demo', '--host', '127.0.0.1', '--port', String(port)],
        ...['--max-model-len', '2048', '--dtype', 'float32', '--enforce-eager'],
      ],
      environment: { VLLM_CPU_KVCACHE_SPACE: '1', HF_HUB_OFFLINE: '1', VLLM_NO_USAGE_STATS: '1' },
    });
    await program.ready(`${url}/health`, VLLM_START_TIMEOUT_MS);
    return { url, program };
  }

  /** llama.cpp with the demo model. */
  async startLlamaWorker(): Promise<string> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = this.start({
      script: 'apps/llama-worker/src/main.js',
      environment: { MODEL_PATH: DEMO_MODEL, SERVED_MODEL_NAME: 'demo', WORKER_PORT: String(port), LOG_LEVEL: 'warn' },
    });
    await program.ready(`${url}/health`, MODEL_START_TIMEOUT_MS);
    return url;
  }

  /** Listens when this is done; its workers may still be starting. They are gone after `stop`, as they are after Ctrl-C. */
  async startModelPool(
    environment: Readonly<Record<string, string>>,
    cores: readonly number[] | null = null,
  ): Promise<{ readonly url: string; readonly program: ChildProgram; readonly stateDirectory: string }> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const stateDirectory = join(this.folder, 'state');
    const program = this.start({
      script: 'apps/model-pool/src/main.js',
      environment: {
        POOL_PORT: String(port),
        STATE_DIRECTORY: stateDirectory,
        SERVICE_TOKEN: this.serviceToken,
        LOG_LEVEL: 'warn',
        ...environment,
      },
      cores,
    });
    await program.ready(`${url}/health`, START_TIMEOUT_MS);
    return { url, program, stateDirectory };
  }

  async startGateway(
    workerUrl: string,
    toolServerUrl: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly url: string; readonly program: ChildProgram }> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = this.start({
      script: 'apps/api-gateway/src/main.js',
      environment: {
        API_PORT: String(port),
        WORKER_URLS: workerUrl,
        TOOL_SERVER_URL: toolServerUrl,
        SERVICE_TOKEN: this.serviceToken,
        LOG_LEVEL: 'warn',
        ...environment,
      },
    });
    await program.ready(`${url}/ready`, START_TIMEOUT_MS);
    return { url, program };
  }

  readonly stop = undoLater(async () => {
    await Promise.all(this.programs.map((program) => program.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  });

  private start(options: Omit<ChildProgramOptions, 'folder'>): ChildProgram {
    const program = ChildProgram.start({ ...options, folder: this.folder });
    this.programs.push(program);
    return program;
  }
}
