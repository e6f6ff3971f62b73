import 'reflect-metadata';
import { createService } from '@interleave/platform';
import { GatewaySettings, loadSettings } from '@interleave/settings';
import { FakeModelPool, FakeToolServer, FakeVllm, readyWorker, waitUntil } from '@interleave/testing';
import type { FakeToolServerOptions, FakeVllmOptions } from '@interleave/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import OpenAI from 'openai';
import { gatewayDefinition } from '../../src/gateway.definition';

export interface GatewayUnderTestOptions {
  readonly workers?: readonly FakeVllmOptions[];
  readonly tools?: FakeToolServerOptions;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The real gateway on a loopback port, with fake workers, a fake pool and a fake tool server around it. */
export class GatewayUnderTest {
  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
    readonly workers: readonly FakeVllm[],
    readonly tools: FakeToolServer,
    readonly pool: FakeModelPool,
  ) {}

  static async start(options: GatewayUnderTestOptions = {}): Promise<GatewayUnderTest> {
    const workers = await Promise.all(
      (options.workers ?? [{ script: [] }]).map((worker) => FakeVllm.start({ apiKey: 'worker-key', ...worker })),
    );
    const tools = await FakeToolServer.start({ serviceToken: 'service-token', ...options.tools });
    const pool = await FakeModelPool.start({
      serviceToken: 'service-token',
      table: {
        revision: 1,
        workers: workers.map((worker, index) =>
          readyWorker({
            url: worker.url,
            id: `w${index}`,
            api_key: 'worker-key',
            served_names: worker.servedNames,
            max_model_len: worker.maxModelLen,
          }),
        ),
      },
    });
    const settings = loadSettings(GatewaySettings, {
      environment: {
        API_PORT: '0',
        LOG_LEVEL: 'silent',
        SERVICE_TOKEN: 'service-token',
        MODEL_POOL_URL: pool.url,
        TOOL_SERVER_URL: tools.url,
        ...options.environment,
      },
    });
    const app = await createService(gatewayDefinition, settings);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const gateway = new GatewayUnderTest(app, url, workers, tools, pool);
    await waitUntil(async () => (await fetch(`${url}/ready`)).ok || workers.length === 0, 5000);
    return gateway;
  }

  get worker(): FakeVllm {
    const [worker] = this.workers;
    if (!worker) throw new Error('this gateway has no worker');
    return worker;
  }

  /** OpenAI's own client, without retries: what it throws is what the gateway said. */
  client(apiKey = 'any'): OpenAI {
    return new OpenAI({ baseURL: `${this.url}/v1`, apiKey, maxRetries: 0, timeout: 20_000 });
  }

  post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    });
  }

  async stop(): Promise<void> {
    await this.app.close();
    await Promise.all([...this.workers.map((worker) => worker.stop()), this.tools.stop(), this.pool.stop()]);
  }
}

/** What the demo model says, round by round. */
export const CALL = 'Let me compute that with Python.\n```python\nprint(12*34)\n```\n```output';
export const ANSWER = 'The answer is 408.';
export const QUESTION = [{ role: 'user' as const, content: 'What is 12 * 34?' }];
