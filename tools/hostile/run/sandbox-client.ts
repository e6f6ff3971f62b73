import type { ExecutionResult } from '@interleave/contracts';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  /** As sent: must be UTF-8. */
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly tookMs: number;
}

export interface Call {
  readonly code: string;
  readonly stdin?: string;
  readonly timeout_ms?: number;
  readonly max_output_bytes?: number;
  readonly memory_mib?: number;
  readonly style?: string;
}

/** What came of a call: a result, or the error that stood in its place. */
export type CallAnswer =
  | { readonly result: ExecutionResult; readonly tookMs: number }
  | { readonly refusal: { readonly status: number; readonly code: string; readonly message: string }; readonly tookMs: number };

export interface SendOptions {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | null;
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

/** The tool server as a client sees it. Every answer must be valid UTF-8, whatever a program printed. */
export class SandboxClient {
  private readonly agent = new Agent({ connections: null, pipelining: 1, keepAliveTimeout: 20_000, bodyTimeout: 0, headersTimeout: 0 });

  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  async send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const { body, headers = {}, token = this.token, patienceMs = 60_000, signal } = options;
    const startedAt = performance.now();
    const patience = AbortSignal.timeout(patienceMs);
    const response = await request(this.url + path, {
      method: method as Dispatcher.HttpMethod,
      dispatcher: this.agent,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: body ?? null,
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    const bytes = new Uint8Array(await response.body.arrayBuffer());
    const tookMs = performance.now() - startedAt;
    return { status: response.statusCode, headers: response.headers, bytes, text: textOf(bytes, response.headers), tookMs };
  }

  async open(options: { readonly checkpoint?: string; readonly patienceMs?: number } = {}): Promise<string> {
    const { checkpoint, patienceMs = 90_000 } = options;
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const answer = await this.send('POST', '/v1/sessions', { body: JSON.stringify(checkpoint ? { checkpoint } : {}), patienceMs });
      if (answer.status === 201) return (JSON.parse(answer.text) as { session_id: string }).session_id;
      if (answer.status !== 503 || performance.now() > deadline)
        throw new Error(`opening a session answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  async execute(session: string, call: Call, patienceMs: number, signal?: AbortSignal): Promise<CallAnswer> {
    const answer = await this.send('POST', `/v1/sessions/${session}/execute`, {
      body: JSON.stringify(call),
      patienceMs,
      ...(signal && { signal }),
    });
    const body: unknown = JSON.parse(answer.text);
    if (answer.status === 200) return { result: body as ExecutionResult, tookMs: answer.tookMs };
    const { error } = body as { error: { code: string; message: string } };
    return { refusal: { status: answer.status, code: error.code, message: error.message }, tookMs: answer.tookMs };
  }

  async close(session: string): Promise<void> {
    const { status, text } = await this.send('DELETE', `/v1/sessions/${session}`);
    if (status !== 204) throw new Error(`closing a session answered ${status}: ${text.slice(0, 300)}`);
  }

  /** Lets go of its connections; it can be used again. */
  async json<T>(path: string): Promise<T> {
    return JSON.parse((await this.send('GET', path)).text) as T;
  }

  destroy(): Promise<void> {
    return this.agent.destroy();
  }
}

function textOf(bytes: Uint8Array, headers: Answer['headers']): string {
  const isText = /json|text/.test(String(headers['content-type'] ?? ''));
  return new TextDecoder('utf-8', { fatal: isText }).decode(bytes);
}
