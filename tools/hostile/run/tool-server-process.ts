import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { freePort } from '@interleave/testing';
import { ChildProgram } from '../../harness/child-program';
import { RunningToolServer } from '../../harness/running-tool-server';
import type { RuntimeName } from '../cases/hostile-case';
import { SandboxClient } from './sandbox-client';

/** The first start builds the sandbox image. */
const START_TIMEOUT_MS = 20 * 60_000;

/** The real tool server as a process of its own, on a free port, with a folder for its temporary files. */
export class ToolServerProcess {
  private constructor(
    readonly runtime: RuntimeName,
    readonly poolSize: number,
    readonly running: RunningToolServer,
    private readonly folder: string,
  ) {}

  static async start(
    runtime: RuntimeName,
    settings: Readonly<Record<string, string>> & { readonly SANDBOX_POOL_SIZE: string },
    progress: (line: string) => void,
  ): Promise<ToolServerProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'interleave-hostile-'));
    const port = await freePort();
    const token = randomBytes(24).toString('hex');
    const program = ChildProgram.start({
      script: 'apps/tool-server/src/main.js',
      folder,
      environment: {
        TMPDIR: folder,
        TOOL_PORT: String(port),
        SERVICE_TOKEN: token,
        LOG_LEVEL: 'warn',
        ...(runtime === 'wasm' ? { SANDBOX: 'wasm' } : { SANDBOX: 'docker', SANDBOX_RUNTIME: runtime }),
        ...settings,
      },
    });
    const url = `http://127.0.0.1:${port}`;
    const running = new RunningToolServer(url, token, program);
    const poolSize = Number(settings.SANDBOX_POOL_SIZE);
    try {
      await program.ready(`${url}/ready`, START_TIMEOUT_MS, (reason) => progress(`  tool server: ${reason}`));
      await running.untilWarm(poolSize);
    } catch (error) {
      await program.stop();
      throw error;
    }
    return new ToolServerProcess(runtime, poolSize, running, folder);
  }

  get pid(): number {
    return this.running.program.pid;
  }

  client(): SandboxClient {
    return new SandboxClient(this.running.url, this.running.token);
  }

  /** How its process ended; null while it runs. */
  get exit(): { readonly code: number | null; readonly signal: string | null } | null {
    return this.running.program.exit;
  }

  /** @returns names of what it left in its folder */
  async stop(): Promise<readonly string[]> {
    await this.running.program.stop();
    const left = readdirSync(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
    return left;
  }
}
