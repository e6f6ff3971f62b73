import type { VllmCompletionRequest, VllmModelCard, VllmTokenizeRequest, VllmTokenizeResponse } from '@interleave/contracts';
import { parseWorkerMetrics } from '@interleave/worker-routing';
import type { WorkerMetrics } from '@interleave/worker-routing';
import { Dispatcher, request as send } from 'undici';
import { CompletionStream } from './completion-stream';
import { readRefusal, refusalOf } from './refusal';
import { connectionFault, WorkerLostError } from './worker-lost';

export interface WorkerAddress {
  readonly url: string;
  readonly apiKey: string | null;
}

/** A worker may queue a request, or a sequence, for long; whether it is dead is for the silence watch to find out. */
const GENERATION_TIMEOUT_MS = 600_000;
const CONTROL_TIMEOUT_MS = 30_000;
const MAX_ERROR_BYTES = 64 * 1024;

/** Speaks vLLM's protocol to one worker. Trouble of the worker is `worker_lost`; a request it refuses is `invalid_request`. */
export class VllmClient {
  constructor(
    private readonly address: WorkerAddress,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** Starts one streamed completion, to be closed by the caller. */
  streamCompletion(body: VllmCompletionRequest, stream: CompletionStream): void {
    const origin = new URL(this.address.url);
    try {
      this.dispatcher.dispatch(
        {
          origin: origin.origin,
          path: `${origin.pathname === '/' ? '' : origin.pathname}/v1/completions`,
          method: 'POST',
          headers: { 'content-type': 'application/json', ...this.authorization() },
          body: JSON.stringify({ ...body, stream: true }),
          headersTimeout: GENERATION_TIMEOUT_MS,
          bodyTimeout: GENERATION_TIMEOUT_MS,
        },
        stream,
      );
    } catch (cause) {
      stream.fail(new WorkerLostError('broken', 'The worker could not be reached.', { cause }));
    }
  }

  async tokenize(body: VllmTokenizeRequest, signal: AbortSignal): Promise<VllmTokenizeResponse> {
    return (await this.json('POST', '/tokenize', body, signal)) as VllmTokenizeResponse;
  }

  async detokenize(model: string, tokens: readonly number[], signal: AbortSignal): Promise<string> {
    const { prompt } = (await this.json('POST', '/detokenize', { model, tokens }, signal)) as { prompt: string };
    return prompt;
  }

  async models(signal: AbortSignal): Promise<readonly VllmModelCard[]> {
    const { data } = (await this.json('GET', '/v1/models', null, signal)) as { data: VllmModelCard[] };
    return data;
  }

  /** False when the worker says of itself that it is broken. */
  async isHealthy(signal: AbortSignal): Promise<boolean> {
    const response = await this.send('GET', '/health', null, signal);
    await response.body.dump();
    return response.statusCode < 500;
  }

  /** Null where it has none. */
  async metrics(signal: AbortSignal): Promise<WorkerMetrics | null> {
    const response = await this.send('GET', '/metrics', null, signal);
    if (response.statusCode < 300) return parseWorkerMetrics(await response.body.text());
    await response.body.dump();
    return null;
  }

  private async json(method: 'GET' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const response = await this.send(method, path, body, signal);
    try {
      if (response.statusCode < 300) return await response.body.json();
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new WorkerLostError('broken', `The worker's answer to ${path} could not be read.`, { cause });
    }
    const retryAfter = response.headers['retry-after']?.toString() ?? null;
    throw refusalOf(path, response.statusCode, retryAfter, readRefusal(await readBounded(response.body)));
  }

  private async send(method: 'GET' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      return await send(this.address.url + path, {
        method,
        dispatcher: this.dispatcher,
        headers: { ...(body === null ? {} : { 'content-type': 'application/json' }), ...this.authorization() },
        body: body === null ? null : JSON.stringify(body),
        signal,
        headersTimeout: CONTROL_TIMEOUT_MS,
        bodyTimeout: CONTROL_TIMEOUT_MS,
      });
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new WorkerLostError(connectionFault(cause), 'The worker could not be reached.', { cause });
    }
  }

  private authorization(): Record<string, string> {
    return this.address.apiKey === null ? {} : { authorization: `Bearer ${this.address.apiKey}` };
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(part);
    length += part.length;
    if (length > MAX_ERROR_BYTES) break;
  }
  return parts;
}
