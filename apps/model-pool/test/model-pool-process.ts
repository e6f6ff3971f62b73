import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@interleave/testing';
import { BuiltApp } from './build-app';
import { PoolClient } from './pool-client';
import type { Workplace } from './pool-settings';

/** Well below the time that a test has, so that the reason is told instead of that. */
const START_TIMEOUT_MS = 60_000;

const app = new BuiltApp('model-pool');

export function buildModelPool(): void {
  app.build();
}

/** model-pool as a process of its own, to be killed. */
export class ModelPoolProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly client: PoolClient,
  ) {}

  static async start(workplace: Workplace, changes: Record<string, string> = {}): Promise<ModelPoolProcess> {
    const { child, logFile } = spawnPool(workplace, changes);
    const urlInLog = (): string | undefined => /"event":"listening","url":"([^"]+)"/.exec(readFileSync(logFile, 'utf8'))?.[1];
    try {
      await waitUntil(() => urlInLog() ?? hasEnded(child), START_TIMEOUT_MS, 'it does not listen');
      const url = urlInLog();
      if (url === undefined) throw new Error(`it ended with status ${child.exitCode ?? child.signalCode}`);
      return new ModelPoolProcess(child, new PoolClient(url).watch());
    } catch (error) {
      // Nobody else knows of it yet.
      child.kill('SIGTERM');
      throw new Error(`model-pool did not start: ${readFileSync(logFile, 'utf8').slice(-2_000)}`, { cause: error });
    }
  }

  /** Ends it and waits for that. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    const [code] = (await ended) as [number | null];
    this.client.close();
    return code;
  }
}

/** A start that comes to nothing: exit code and what it said. */
export async function startInVain(workplace: Workplace, changes: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const { child, logFile } = spawnPool(workplace, changes);
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output: readFileSync(logFile, 'utf8') };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

let starts = 0;

function spawnPool(workplace: Workplace, changes: Record<string, string>): { child: ChildProcess; logFile: string } {
  starts += 1;
  const logFile = join(workplace.folder, `model-pool-${starts}.log`);
  const output = openSync(logFile, 'a');
  const child = spawn(process.execPath, [app.program], {
    cwd: workplace.folder,
    stdio: ['ignore', output, output],
    env: { PATH: process.env['PATH'] ?? '', ...workplace.environment({ LOG_LEVEL: 'info', ...changes }) },
  });
  return { child, logFile };
}
