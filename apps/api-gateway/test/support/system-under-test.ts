import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, waitUntil } from '@interleave/testing';
import OpenAI from 'openai';

const ROOT = join(__dirname, '../../../..');
const START_TIMEOUT_MS = 600_000;

/** The whole system as a person starts it: `npm start` as a process of its own, real Docker, real engine, the demo model. */
export class SystemUnderTest {
  output = '';
  private exitStatus: number | null = null;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    private readonly stateFolder: string,
    private readonly containersBefore: ReadonlySet<string>,
  ) {}

  static async start(flags: readonly string[] = []): Promise<SystemUnderTest> {
    const port = await freePort();
    const stateFolder = mkdtempSync(join(tmpdir(), 'interleave-start-'));
    const containersBefore = new Set(sandboxContainers());
    const child = spawn(process.execPath, ['tools/start/start.mjs', '--port', String(port), '--state-directory', stateFolder, ...flags], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const system = new SystemUnderTest(child, port, stateFolder, containersBefore);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (system.output += part.toString()));
    child.once('exit', (code) => (system.exitStatus = code ?? -1));
    await waitUntil(() => system.output.includes('Interleave is ready.') || system.exitStatus !== null, START_TIMEOUT_MS);
    if (system.exitStatus !== null) throw new Error(`npm start ended with ${system.exitStatus}:\n${system.output}`);
    return system;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  get client(): OpenAI {
    return new OpenAI({ baseURL: this.baseUrl, apiKey: 'any', maxRetries: 0, timeout: 120_000 });
  }

  /** Processes of the services and of the workers. */
  pids(): number[] {
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(this.child.pid)], { encoding: 'utf8' }).stdout;
    return [
      ...children
        .split('\n')
        .map(Number)
        .filter((pid) => pid > 0),
      ...this.workerPids(),
    ];
  }

  workerPids(): number[] {
    const folder = join(this.stateFolder, 'workers');
    if (!existsSync(folder)) return [];
    const records = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return records.map((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { process: { pid: number } }).process.pid);
  }

  /** Sandboxes that this system made. */
  containers(): string[] {
    return sandboxContainers().filter((id) => !this.containersBefore.has(id));
  }

  /** Ctrl-C. Resolves with the exit status when `npm start` has ended. */
  async interrupt(): Promise<number | null> {
    if (this.exitStatus === null) this.child.kill('SIGINT');
    await waitUntil(() => this.exitStatus !== null, 60_000);
    rmSync(this.stateFolder, { recursive: true, force: true });
    return this.exitStatus;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (_gone) {
    return false;
  }
}

function sandboxContainers(): string[] {
  const output = execFileSync('docker', ['ps', '--all', '--quiet', '--no-trunc', '--filter', 'label=interleave.sandbox'], {
    encoding: 'utf8',
  });
  return output.split('\n').filter((id) => id !== '');
}
