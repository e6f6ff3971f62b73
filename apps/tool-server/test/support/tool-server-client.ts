import type { Readable } from 'node:stream';
import type { Capabilities, ExecutionResult, GetObservationResponse } from '@interleave/contracts';
import { createService } from '@interleave/platform';
import { loadSettings, ToolServerSettings } from '@interleave/settings';
import { waitUntil } from '@interleave/testing';
import type { ContainerRuntime } from '@interleave/docker-runtime';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { toolServer } from '../../src/tool-server';

export const TOKEN = 'a-service-token';

interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** A running tool server, and a client that talks to it through HTTP. */
export class ToolServerUnderTest {
  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
  ) {}

  static async start(runtime: ContainerRuntime, environment: Record<string, string> = {}): Promise<ToolServerUnderTest> {
    const settings = loadSettings(ToolServerSettings, {
      environment: {
        SERVICE_TOKEN: TOKEN,
        LOG_LEVEL: 'silent',
        TOOL_PORT: '0',
        SANDBOX: 'docker',
        SANDBOX_POOL_SIZE: '1',
        DRAIN_TIMEOUT: '0',
        ...environment,
      },
    });
    const app = await createService(toolServer(runtime), settings);
    await app.listen(0, '127.0.0.1');
    return new ToolServerUnderTest(app, await app.getUrl());
  }

  async ready(timeoutMs = 5000): Promise<this> {
    await waitUntil(async () => (await this.call('GET', '/ready')).status === 200, timeoutMs, 'the tool server was not ready');
    return this;
  }

  async call<Body = Record<string, never>>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    options: { readonly token?: string | null; readonly signal?: AbortSignal } = {},
  ): Promise<Answer<Body>> {
    const { token = TOKEN, signal } = options;
    const response = await request(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, body: (text ? JSON.parse(text) : {}) as Body, headers: response.headers };
  }

  /** A request as it is, and its answer as it comes. */
  async send(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    options: {
      readonly body?: string | Uint8Array | Readable;
      readonly headers?: Record<string, string>;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<Dispatcher.ResponseData> {
    const { body, headers, signal } = options;
    return request(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
  }

  async open(): Promise<string> {
    const { status, body } = await this.call<{ session_id: string }>('POST', '/v1/sessions');
    if (status !== 201) throw new Error(`opening a session answered ${status}: ${JSON.stringify(body)}`);
    return body.session_id;
  }

  async execute(
    session: string,
    code: string,
    more: { timeout_ms?: number; stdin?: string; style?: string } = {},
  ): Promise<ExecutionResult> {
    const { status, body } = await this.call<ExecutionResult>('POST', `/v1/sessions/${session}/execute`, { code, ...more });
    if (status !== 200) throw new Error(`executing answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async close(session: string): Promise<void> {
    await this.call('DELETE', `/v1/sessions/${session}`);
  }

  async capabilities(): Promise<Capabilities> {
    return (await this.call<Capabilities>('GET', '/v1/capabilities')).body;
  }

  async observe(body: object): Promise<GetObservationResponse> {
    return (await this.call<GetObservationResponse>('POST', '/get_observation', body)).body;
  }

  async stop(): Promise<void> {
    await this.app.close();
  }
}
