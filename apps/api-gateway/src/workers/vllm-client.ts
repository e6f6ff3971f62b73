import { isAppError } from '@interleave/kernel';
import type { VllmModelCard, VllmTokenizeRequest, VllmTokenizeResponse } from '@interleave/contracts';
import { parseWorkerMetrics } from '@interleave/worker-routing';
import type { WorkerMetrics } from '@interleave/worker-routing';
import type { Dispatcher } from 'undici';
import type { HttpTransport } from '../http/http-connections';
import type { CompletionPath, CompletionStream } from './completion-stream';
import { exchange } from '../http/exchange';
import type { TextReply } from '../http/exchange';
import { placeOf } from '../http/place-of';
import { readRefusal, refusalOf } from './refusal';
import { isTooOldForTokenIds } from './vllm-version';
import { connectionFault, WorkerLostError } from './worker-lost';

export interface WorkerAddress {
  readonly url: string;
  readonly apiKey: string | null;
}

/** A worker may queue a request, or a sequence, for long; whether it is dead is for the silence watch to find out. */
const GENERATION_TIMEOUT_MS = 600_000;
const CONTROL_TIMEOUT_MS = 30_000;

/** Speaks vLLM's protocol to one worker. Trouble of the worker is `worker_lost`; a request it refuses is `invalid_request`. */
export class VllmClient {
  constructor(
    private readonly address: WorkerAddress,
    private readonly transport: HttpTransport,
  ) {}

  /** Starts a streamed completion, to be left by the caller. */
  stream<Path extends CompletionPath>(body: Readonly<Record<string, unknown>>, stream: CompletionStream<Path>): void {
    try {
      this.transport.dispatch(this.request('POST', stream.path, JSON.stringify({ ...body, stream: true }), GENERATION_TIMEOUT_MS), stream);
    } catch (cause) {
      stream.fail(new WorkerLostError('broken', 'The worker could not be reached.', { cause }));
    }
  }

  /** Whether the worker shows its tokenizer, without which there are no ids to speak of, and gives ids back. */
  async speaksTokenIds(model: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.tokenize({ model, prompt: 'a' }, signal);
      return !isTooOldForTokenIds((await this.send('GET', '/version', null, signal)).text);
    } catch (error) {
      if (isAppError(error) && error.code === 'worker_failed') return false;
      throw error;
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
    return (await this.send('GET', '/health', null, signal)).status < 500;
  }

  /** Null where it has none. */
  async metrics(signal: AbortSignal): Promise<WorkerMetrics | null> {
    const { status, text } = await this.send('GET', '/metrics', null, signal);
    return status < 300 ? parseWorkerMetrics(text) : null;
  }

  private async json(method: 'GET' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const { status, headers, text } = await this.send(method, path, body, signal);
    if (status >= 300) throw refusalOf(path, status, headers['retry-after']?.toString() ?? null, readRefusal(text));
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new WorkerLostError('broken', `The worker's answer to ${path} could not be read.`, { cause });
    }
  }

  private async send(method: 'GET' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<TextReply> {
    try {
      return await exchange(
        this.transport,
        this.request(method, path, body === null ? null : JSON.stringify(body), CONTROL_TIMEOUT_MS),
        signal,
      );
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new WorkerLostError(connectionFault(cause), 'The worker could not be reached.', { cause });
    }
  }

  private request(method: 'GET' | 'POST', path: string, body: string | null, timeoutMs: number): Dispatcher.DispatchOptions {
    const { origin, pathname } = placeOf(this.address.url);
    const headers: Record<string, string> = {};
    if (body !== null) headers['content-type'] = 'application/json';
    if (this.address.apiKey !== null) headers['authorization'] = `Bearer ${this.address.apiKey}`;
    return { origin, path: pathname + path, method, headers, body, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  }
}
