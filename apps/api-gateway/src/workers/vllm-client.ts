import { AppError, isAppError } from '@interleave/kernel';
import type {
  VllmCompletionChunk,
  VllmCompletionRequest,
  VllmModelCard,
  VllmTokenizeRequest,
  VllmTokenizeResponse,
} from '@interleave/contracts';
import { Dispatcher, request as send } from 'undici';
import { readDataFrames } from './data-frames';

/** One frame of a streamed chat completion. */
export interface ChatChunk {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string | null;
      readonly tool_calls?: readonly {
        readonly index?: number;
        readonly id?: string | null;
        readonly function?: { readonly name?: string | null; readonly arguments?: string | null };
      }[];
    };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly completion_tokens?: number } | null;
  readonly error?: { readonly message: string };
}

export interface WorkerAddress {
  readonly url: string;
  readonly apiKey: string | null;
}

/** A worker that sends nothing for this long in the middle of an answer is taken for lost. */
const SILENCE_TIMEOUT_MS = 120_000;
/** A worker may queue a request for long before it answers. */
const FIRST_BYTE_TIMEOUT_MS = 600_000;
const CONTROL_TIMEOUT_MS = 30_000;
const MAX_ERROR_BYTES = 64 * 1024;

/** Speaks vLLM's protocol to one worker. Trouble of the worker is `worker_lost`; a request it refuses is `invalid_request`. */
export class VllmClient {
  constructor(
    private readonly address: WorkerAddress,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** Streams one completion. Ends after the worker's `[DONE]`; leaving early frees the worker's sequence. */
  streamCompletion(body: VllmCompletionRequest, signal: AbortSignal): AsyncGenerator<VllmCompletionChunk, void, undefined> {
    return this.stream<VllmCompletionChunk>('/v1/completions', body, signal);
  }

  /** The same through the worker's chat endpoint, which every OpenAI-compatible server has. */
  streamChat(body: Readonly<Record<string, unknown>>, signal: AbortSignal): AsyncGenerator<ChatChunk, void, undefined> {
    return this.stream<ChatChunk>('/v1/chat/completions', body, signal);
  }

  /** Whether the worker shows its tokenizer: without it there are no ids to speak of. */
  async speaksTokenIds(model: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.tokenize({ model, prompt: 'a' }, signal);
      return true;
    } catch (error) {
      if (isAppError(error) && error.code === 'worker_failed') return false;
      throw error;
    }
  }

  private async *stream<Chunk extends { readonly error?: { readonly message: string } }>(
    path: string,
    body: object,
    signal: AbortSignal,
  ): AsyncGenerator<Chunk, void, undefined> {
    const response = await this.send('POST', path, { ...body, stream: true }, signal, FIRST_BYTE_TIMEOUT_MS);
    try {
      let isDone = false;
      for await (const data of readDataFrames(response.body)) {
        isDone ||= data === '[DONE]';
        // Read to the end of the body: a connection left before it could not be used again.
        if (isDone) continue;
        const chunk = parseChunk(data) as Chunk;
        if (chunk.error) throw new AppError('worker_lost', `The worker reported: ${chunk.error.message}`, { isRetryable: true });
        yield chunk;
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof AppError
        ? error
        : new AppError('worker_lost', 'The worker broke off in the middle of an answer.', { cause: error, isRetryable: true });
    } finally {
      response.body.destroy();
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

  private async json(method: 'GET' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const response = await this.send(method, path, body, signal, CONTROL_TIMEOUT_MS);
    try {
      return await response.body.json();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new AppError('worker_lost', `The worker's answer to ${path} could not be read.`, { cause: error, isRetryable: true });
    }
  }

  private async send(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    signal: AbortSignal,
    headersTimeout: number,
  ): Promise<Dispatcher.ResponseData> {
    let response: Dispatcher.ResponseData;
    try {
      response = await send(this.address.url + path, {
        method,
        dispatcher: this.dispatcher,
        headers: {
          ...(body === null ? {} : { 'content-type': 'application/json' }),
          ...(this.address.apiKey === null ? {} : { authorization: `Bearer ${this.address.apiKey}` }),
        },
        body: body === null ? null : JSON.stringify(body),
        signal,
        headersTimeout,
        bodyTimeout: SILENCE_TIMEOUT_MS,
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new AppError('worker_lost', 'The worker could not be reached.', { cause: error, isRetryable: true });
    }
    if (response.statusCode < 300) return response;
    throw await refusal(path, response);
  }
}

function parseChunk(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch (error) {
    throw new AppError('worker_lost', 'The worker sent a frame that is not JSON.', { cause: error, isRetryable: true });
  }
}

async function refusal(path: string, response: Dispatcher.ResponseData): Promise<AppError> {
  const message = messageOf(await readBounded(response.body));
  const { statusCode } = response;
  if (statusCode === 400 || statusCode === 422) {
    const isContext = /maximum context length|context_length_exceeded/i.test(message);
    return new AppError(isContext ? 'context_length_exceeded' : 'invalid_request', message || `The worker refused the request to ${path}.`);
  }
  if (statusCode >= 500 || statusCode === 429)
    return new AppError('worker_lost', `The worker answered ${statusCode}: ${message}`, { isRetryable: true });
  return new AppError('worker_failed', `The worker answered ${statusCode} to ${path}: ${message}`);
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(part);
    length += part.length;
    if (length > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8').slice(0, MAX_ERROR_BYTES);
}

/** The sentence in an error body: OpenAI's envelope, vLLM's bare string, or the text itself. */
function messageOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: string | { message?: string } };
    return (typeof error === 'string' ? error : error?.message) ?? body.slice(0, 500);
  } catch (_notJson) {
    return body.slice(0, 500);
  }
}
