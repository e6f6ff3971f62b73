import { readJsonEvents } from '@interleave/testing';
import { Agent, request } from 'undici';

const CALL_TIMEOUT_MS = 120_000;

/** One service as the bench calls it: kept-alive connections, JSON in, JSON or events out; anything but success throws. */
export class HttpClient {
  private readonly agent = new Agent({ connections: null, pipelining: 1, keepAliveTimeout: 30_000 });

  constructor(
    private readonly url: string,
    private readonly token: string | null = null,
    private readonly timeoutMs = CALL_TIMEOUT_MS,
  ) {}

  async json<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const text = await (await this.send(method, path, body)).text();
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  async *events<T>(path: string, body: unknown): AsyncGenerator<T, void, undefined> {
    yield* readJsonEvents<T>(await this.send('POST', path, body));
  }

  /** The body of an answer that comes as server-sent events. */
  async stream(path: string, body: unknown): Promise<AsyncIterable<Uint8Array>> {
    return this.send('POST', path, body, { accept: 'text/event-stream' });
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const response = await request(this.url + path, {
      method,
      dispatcher: this.agent,
      headers: {
        'content-type': 'application/json',
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(this.timeoutMs),
    });
    if (response.statusCode >= 300) throw new Error(`${method} ${path} answered ${response.statusCode}: ${await response.body.text()}`);
    return response.body;
  }
}
