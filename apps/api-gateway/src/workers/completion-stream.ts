import type { VllmCompletionChunk } from '@interleave/contracts';
import { Deferred, isAppError } from '@interleave/kernel';
import { NO_SILENCE } from '@interleave/worker-routing';
import type { Silence } from '@interleave/worker-routing';
import type { Dispatcher } from 'undici';
import { workerEventParser } from './worker-event-parser';
import { readRefusal, refusalOf } from './refusal';
import { connectionFault, WorkerLostError } from './worker-lost';

/** So many frames may wait for a reader that is slower than the worker. */
const MAX_WAITING_FRAMES = 512;
const MAX_REFUSAL_CHARACTERS = 1024 * 1024;
/** What a worker may take from its last word to the end of the answer. */
const END_TIMEOUT_MS = 1000;

/** A frame of a streamed chat completion, as far as text and calls go. */
export interface VllmChatChunk {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string | null;
      readonly tool_calls?: readonly {
        readonly index?: number;
        readonly id?: string | null;
        readonly function?: { readonly name?: string | null; readonly arguments?: string | null };
      }[];
    };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly completion_tokens: number } | null;
}

/** What a stream of either endpoint consists of. */
export interface StreamChunk {
  '/v1/completions': VllmCompletionChunk;
  '/v1/chat/completions': VllmChatChunk;
}
export type CompletionPath = keyof StreamChunk;

/**
 * One streamed completion as it comes from the HTTP client, without a stream in between: frames are taken apart where they arrive, and whoever reads
 * gets all that have come since the last time. Leaving it aborts the worker's generation.
 */
export class CompletionStream<Path extends CompletionPath = CompletionPath> implements Dispatcher.DispatchHandler {
  lastSignMs: number;
  hasFirstToken = false;
  silence: Silence = NO_SILENCE;

  private readonly parser = workerEventParser();
  private frames: StreamChunk[Path][] = [];
  private wanted: Deferred<void> | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  private error: unknown = null;
  private hasEnded = false;
  private isDone = false;
  private isPaused = false;
  private hasHeaders = false;
  private hasLastWord = false;
  private leaving: NodeJS.Timeout | null = null;
  private refusal: { readonly status: number; readonly retryAfter: string | null; text: string } | null = null;

  constructor(
    readonly path: Path,
    private readonly nowMs: () => number,
    private readonly signal: AbortSignal,
    private readonly onAnswered: () => void,
  ) {
    this.lastSignMs = nowMs();
    signal.addEventListener('abort', this.onAbort);
  }

  /** The frames since the last call, at least one; null at the end. */
  async next(): Promise<readonly StreamChunk[Path][] | null> {
    for (;;) {
      if (this.frames.length > 0) {
        const { frames } = this;
        this.frames = [];
        if (this.isPaused) {
          this.isPaused = false;
          this.controller?.resume();
        }
        return frames;
      }
      if (this.error !== null) throw this.error;
      if (this.hasEnded) return null;
      this.wanted = new Deferred<void>();
      await this.wanted.promise;
    }
  }

  /** Whether it is the worker that says nothing, and not the reader that has not listened yet. */
  get isWaitingForWorker(): boolean {
    return !this.isPaused && this.frames.length === 0;
  }

  /** Gives the worker up: the reader gets this error once it has read what came before. */
  fail(error: unknown): void {
    if (this.hasEnded) return;
    this.finish(error);
    this.controller?.abort(error instanceof Error ? error : new Error('The generation is no longer wanted.'));
  }

  /**
   * To be called when nothing more is wanted. A generation that goes on is aborted; of one that has said its last word the end is read,
   * if it comes soon: a connection left before could not be used again.
   */
  close(): void {
    this.signal.removeEventListener('abort', this.onAbort);
    if (this.hasEnded) return;
    const abort = (): void => this.fail(new Error('The generation is no longer wanted.'));
    if (this.hasLastWord) this.leaving = setTimeout(abort, END_TIMEOUT_MS).unref();
    else abort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.hasEnded) controller.abort(new Error('The generation is no longer wanted.'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.lastSignMs = this.nowMs();
    this.hasHeaders = true;
    if (status < 300) this.onAnswered();
    else this.refusal = { status, retryAfter: headers['retry-after']?.toString() ?? null, text: '' };
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.refusal) {
      this.refusal.text += bytes.toString('utf8');
      if (this.refusal.text.length > MAX_REFUSAL_CHARACTERS) controller.abort(new Error('The error is too long.'));
      return;
    }
    try {
      for (const { data } of this.parser.push(bytes)) this.take(data);
    } catch (error) {
      this.fail(isAppError(error) ? new WorkerLostError('broken', error.message, { cause: error }) : error);
      return;
    }
    if (this.frames.length === 0) return;
    if (this.frames.length > MAX_WAITING_FRAMES && !this.isPaused) {
      this.isPaused = true;
      controller.pause();
    }
    this.wanted?.resolve();
  }

  onResponseEnd(): void {
    if (this.refusal) this.finish(refusalOf(this.path, this.refusal.status, this.refusal.retryAfter, readRefusal(this.refusal.text)));
    else this.finish(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    const { refusal } = this;
    if (refusal) this.finish(refusalOf(this.path, refusal.status, refusal.retryAfter, readRefusal(refusal.text)));
    else if (this.hasHeaders) this.finish(new WorkerLostError('broken', 'The worker broke off in the middle of an answer.', { cause }));
    else this.finish(new WorkerLostError(connectionFault(cause), 'The worker could not be reached.', { cause }));
  }

  private readonly onAbort = (): void => this.fail(this.signal.reason);

  private take(data: string): void {
    // What follows is read all the same: a connection left before its end could not be used again.
    this.isDone ||= data === '[DONE]';
    if (this.isDone) return;
    const chunk = parseChunk(data, this.path);
    this.lastSignMs = this.nowMs();
    this.silence = NO_SILENCE;
    this.hasFirstToken = true;
    this.hasLastWord ||= Boolean(chunk.choices[0]?.finish_reason);
    this.frames.push(chunk);
  }

  private finish(error: unknown): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    if (this.leaving) clearTimeout(this.leaving);
    this.error = error;
    this.wanted?.resolve();
  }
}

/** @throws WorkerLostError for an error in place of a frame, and for anything that is no frame of a completion */
function parseChunk<Path extends CompletionPath>(data: string, path: Path): StreamChunk[Path] {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch (cause) {
    throw new WorkerLostError('broken', 'The worker sent a frame that is not JSON.', { cause });
  }
  const { error, choices } = (chunk ?? {}) as { readonly error?: { readonly message?: unknown }; readonly choices?: unknown };
  if (error) throw new WorkerLostError('broken', `The worker reported: ${String(error.message)}`);
  if (Array.isArray(choices) && (choices.length === 0 || isChoice(choices[0], path))) return chunk as StreamChunk[Path];
  throw new WorkerLostError('broken', 'The worker sent a frame that is no part of a completion.');
}

function isChoice(choice: unknown, path: CompletionPath): boolean {
  if (typeof choice !== 'object' || choice === null) return false;
  const { text, delta, token_ids: ids } = choice as { readonly text?: unknown; readonly delta?: unknown; readonly token_ids?: unknown };
  if (path === '/v1/chat/completions') return typeof delta === 'object' && delta !== null;
  return typeof text === 'string' && (ids === undefined || ids === null || (Array.isArray(ids) && ids.every(Number.isInteger)));
}
