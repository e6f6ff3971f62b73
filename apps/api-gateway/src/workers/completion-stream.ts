import type { VllmCompletionChunk } from '@interleave/contracts';
import { Deferred, isAppError } from '@interleave/kernel';
import { NO_SILENCE } from '@interleave/worker-routing';
import type { Silence } from '@interleave/worker-routing';
import type { Dispatcher } from 'undici';
import { DataFrameParser } from './data-frames';
import { readRefusal, refusalOf } from './refusal';
import { connectionFault, WorkerLostError } from './worker-lost';

/** So many frames may wait for a reader that is slower than the worker. */
const MAX_WAITING_FRAMES = 512;
/** What a worker may take from its last word to the end of the answer. */
const END_TIMEOUT_MS = 1000;

/**
 * One streamed completion as it comes from the HTTP client, without a stream in between: frames are taken apart where they arrive, and whoever reads
 * gets all that have come since the last time. Leaving it aborts the worker's generation.
 */
export class CompletionStream implements Dispatcher.DispatchHandler {
  lastSignMs: number;
  hasFirstToken = false;
  silence: Silence = NO_SILENCE;

  private readonly parser = new DataFrameParser();
  private frames: VllmCompletionChunk[] = [];
  private wanted: Deferred<void> | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  private error: unknown = null;
  private hasEnded = false;
  private isDone = false;
  private isPaused = false;
  private hasHeaders = false;
  private hasLastWord = false;
  private leaving: NodeJS.Timeout | null = null;
  private refusal: { readonly status: number; readonly retryAfter: string | null; readonly parts: Buffer[] } | null = null;

  constructor(
    private readonly path: string,
    private readonly nowMs: () => number,
    private readonly signal: AbortSignal,
    private readonly onAnswered: () => void,
  ) {
    this.lastSignMs = nowMs();
    signal.addEventListener('abort', this.onAbort);
  }

  /** The frames since the last call, at least one; null at the end. */
  async next(): Promise<readonly VllmCompletionChunk[] | null> {
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
    else this.refusal = { status, retryAfter: headers['retry-after']?.toString() ?? null, parts: [] };
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.refusal) {
      this.refusal.parts.push(bytes);
      return;
    }
    try {
      for (const data of this.parser.push(bytes)) this.take(data);
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
    if (this.refusal) this.finish(refusalOf(this.path, this.refusal.status, this.refusal.retryAfter, readRefusal(this.refusal.parts)));
    else this.finish(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    const { refusal } = this;
    if (refusal) this.finish(refusalOf(this.path, refusal.status, refusal.retryAfter, readRefusal(refusal.parts)));
    else if (this.hasHeaders) this.finish(new WorkerLostError('broken', 'The worker broke off in the middle of an answer.', { cause }));
    else this.finish(new WorkerLostError(connectionFault(cause), 'The worker could not be reached.', { cause }));
  }

  private readonly onAbort = (): void => this.fail(this.signal.reason);

  private take(data: string): void {
    // What follows is read all the same: a connection left before its end could not be used again.
    this.isDone ||= data === '[DONE]';
    if (this.isDone) return;
    const chunk = parseChunk(data);
    if (chunk.error) throw new WorkerLostError('broken', `The worker reported: ${chunk.error.message}`);
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

/** @throws WorkerLostError for anything that is no frame of a completion */
function parseChunk(data: string): VllmCompletionChunk {
  let chunk: VllmCompletionChunk;
  try {
    chunk = JSON.parse(data) as VllmCompletionChunk;
  } catch (cause) {
    throw new WorkerLostError('broken', 'The worker sent a frame that is not JSON.', { cause });
  }
  if (!isChunk(chunk)) throw new WorkerLostError('broken', 'The worker sent a frame that is no part of a completion.');
  return chunk;
}

function isChunk(chunk: VllmCompletionChunk | null): boolean {
  if (typeof chunk !== 'object' || chunk === null) return false;
  if (chunk.error) return true;
  if (!Array.isArray(chunk.choices)) return false;
  const [choice] = chunk.choices;
  if (choice === undefined) return true;
  const ids: unknown = choice.token_ids ?? [];
  return typeof choice.text === 'string' && Array.isArray(ids) && ids.every((id) => Number.isInteger(id));
}
