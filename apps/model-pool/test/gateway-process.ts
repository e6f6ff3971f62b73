import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, waitUntil } from '@interleave/testing';
import { BuiltApp } from './build-app';
import { SERVICE_TOKEN } from './pool-settings';
import type { Workplace } from './pool-settings';

const app = new BuiltApp('api-gateway');

export function buildGateway(): void {
  app.build();
}

/** An answer as its client saw it. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** The gateway before model-pool, as a process of its own. */
export class GatewayProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start({ folder }: Workplace, poolUrl: string): Promise<GatewayProcess> {
    const port = await freePort();
    const logFile = join(folder, `gateway-${port}.log`);
    const output = openSync(logFile, 'a');
    const child = spawn(process.execPath, [app.program], {
      cwd: folder,
      stdio: ['ignore', output, output],
      env: {
        PATH: process.env['PATH'] ?? '',
        API_PORT: String(port),
        MODEL_POOL_URL: poolUrl,
        // No tool is called here: the port of nobody.
        TOOL_SERVER_URL: 'http://127.0.0.1:9',
        SERVICE_TOKEN,
        LOG_LEVEL: 'warn',
      },
    });
    const url = `http://127.0.0.1:${port}`;
    const isThere = (): Promise<boolean> =>
      fetch(`${url}/v1/models`).then(
        async (response) => ((await response.json()) as { data: unknown[] }).data.length > 0,
        () => false,
      );
    await waitUntil(isThere, 60_000, `the gateway serves nothing: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    return new GatewayProcess(child, url);
  }

  /** The text of a plain completion, or of the error in its place. */
  async complete(model: string, changes: Record<string, unknown> = {}): Promise<Answer> {
    const body = { model, prompt: 'What is 2 + 2?', max_tokens: 24, interleave: { max_turns: 0 }, ...changes };
    const response = await fetch(`${this.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const read = (await response.json()) as { choices?: { text: string }[]; error?: { message: string } };
    return { status: response.status, text: read.choices?.[0]?.text ?? read.error?.message ?? '' };
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
