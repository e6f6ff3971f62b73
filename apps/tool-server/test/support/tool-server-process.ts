import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ExecutionResult } from '@interleave/contracts';
import { freePort, waitUntil } from '@interleave/testing';
import { Agent, request } from 'undici';

const ROOT = join(__dirname, '../../../..');
const TOKEN = 'a-service-token';
const BOOT_MS = 600_000; // the image may have to be built first

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Record<string, string | string[] | undefined>;
}

export interface Failure {
  readonly error: { readonly code: string; readonly message: string };
}

/** What `/ready` says. */
export interface ReadyState {
  readonly reason: string | null;
  readonly trouble: string | null;
  readonly instance: string;
  readonly slots: { readonly idle: number; readonly leased: number; readonly creating: number };
}

export interface RunSlots {
  readonly max: number;
  readonly active: number;
  readonly waiting: number;
}

/** The built tool server as a process of its own: it can be killed. */
export class ToolServerProcess {
  instance = '';
  private readonly agent = new Agent({ connections: 512, headersTimeout: 120_000, bodyTimeout: 120_000 });

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(environment: Readonly<Record<string, string>>): Promise<ToolServerProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [join(ROOT, 'dist/apps/tool-server/src/main.js')], {
      cwd: ROOT,
      env: { ...process.env, TOOL_PORT: String(port), SERVICE_TOKEN: TOKEN, LOG_LEVEL: 'error', SANDBOX: 'docker', ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const server = new ToolServerProcess(child, port);
    await waitUntil(async () => !server.isAlive || (await server.isReady()), BOOT_MS);
    if (!server.isAlive) throw new Error(`tool-server ended with ${child.exitCode}: build it first (npm run build).`);
    server.instance = (await server.ready()).instance;
    return server;
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  }

  async call<Body = Failure>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer<Body>> {
    const answer = await request(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: this.headers,
      dispatcher: this.agent,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: (text ? JSON.parse(text) : {}) as Body, headers: answer.headers };
  }

  async ready(): Promise<ReadyState> {
    return (await this.call<ReadyState>('GET', '/ready')).body;
  }

  async isReady(): Promise<boolean> {
    try {
      return (await this.call('GET', '/ready')).status === 200;
    } catch (_notListening) {
      return false;
    }
  }

  async runSlots(): Promise<RunSlots> {
    return (await this.call<{ run_slots: RunSlots }>('GET', '/v1/capabilities')).body.run_slots;
  }

  async open(): Promise<string> {
    const { status, body } = await this.call<{ session_id: string }>('POST', '/v1/sessions', {});
    if (status !== 201) throw new Error(`Opening a session answered ${status}: ${JSON.stringify(body)}`);
    return body.session_id;
  }

  execute<Body = ExecutionResult>(session: string, code: string, more: object = {}): Promise<Answer<Body>> {
    return this.call<Body>('POST', `/v1/sessions/${session}/execute`, { code, ...more });
  }

  /** Ctrl-C; or, with SIGKILL, what no program can prepare for. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.isAlive) {
      const ended = once(this.child, 'exit');
      this.child.kill(signal);
      await ended;
    }
    await this.agent.destroy();
  }
}
