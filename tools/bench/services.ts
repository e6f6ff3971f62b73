import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@interleave/testing';
import { ChildProgram } from './child-program';
import type { ChildProgramOptions } from './child-program';

const START_TIMEOUT_MS = 30_000;
/** The first start builds the sandbox image. */
const SANDBOX_START_TIMEOUT_MS = 20 * 60_000;

/** Everything that a part needs around it: services as processes on free ports, one token, one folder; all of it gone after `stop`. */
export class Services {
  readonly serviceToken = randomBytes(24).toString('hex');
  private readonly folder = mkdtempSync(join(tmpdir(), 'interleave-bench-'));
  private readonly programs: ChildProgram[] = [];

  constructor(private readonly progress: (line: string) => void) {}

  /** @returns the URL, here and below */
  async startToolServer(maxSessions: number): Promise<string> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = this.start({
      script: 'apps/tool-server/src/main.js',
      environment: {
        TOOL_PORT: String(port),
        SANDBOX_POOL_SIZE: String(maxSessions),
        SANDBOX_MAX_SESSIONS: String(maxSessions),
        SERVICE_TOKEN: this.serviceToken,
        LOG_LEVEL: 'warn',
      },
    });
    await program.ready(`${url}/ready`, SANDBOX_START_TIMEOUT_MS, (reason) => this.progress(`  tool-server: ${reason}`));
    await allSandboxesWarm(url, maxSessions);
    return url;
  }

  async startFakeToolServer(): Promise<string> {
    const program = this.start({ script: 'tools/bench/fake-tool-server.js', environment: { SERVICE_TOKEN: this.serviceToken } });
    return program.firstLine();
  }

  /** An engine that takes no time. */
  async startFakeVllm(rounds: readonly string[]): Promise<string> {
    const script = join(this.folder, 'script.json');
    writeFileSync(script, JSON.stringify({ rounds }));
    return this.start({ script: 'tools/fake-vllm/main.js', args: ['--script', script, '--max-model-len', '8192'] }).firstLine();
  }

  async startGateway(workerUrl: string, toolServerUrl: string): Promise<{ readonly url: string; readonly program: ChildProgram }> {
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
      },
    });
    await program.ready(`${url}/ready`, START_TIMEOUT_MS);
    return { url, program };
  }

  async stop(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private start(options: Omit<ChildProgramOptions, 'folder'>): ChildProgram {
    const program = ChildProgram.start({ ...options, folder: this.folder });
    this.programs.push(program);
    return program;
  }
}

/** A pool that is still filling would be measured instead of the calls. */
async function allSandboxesWarm(url: string, count: number): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const { slots } = (await (await fetch(`${url}/ready`)).json()) as { slots?: { idle?: number } };
    if ((slots?.idle ?? count) >= count) return;
    if (performance.now() > deadline) throw new Error(`only ${slots?.idle} of ${count} sandboxes became ready within two minutes`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
