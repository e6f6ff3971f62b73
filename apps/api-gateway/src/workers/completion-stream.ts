import type { VllmCompletionChunk } from '@interleave/contracts';
import { Deferred, toAppError } from '@interleave/kernel';
import { NO_SILENCE } from '@interleave/worker-routing';
import type { Heard } from '@interleave/turn-engine';
import type { Silence } from '@interleave/worker-routing';
import type { Dispatcher } from 'undici';
import { workerEventParser } from './worker-event-parser';
import { readRefusal, refusalOf } from './refusal';
import { connectionFault, WorkerLostError } from './worker-lost';

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

/** Hears of the frames of a stream, as many at a time as have come. What it throws ends the stream, and is what the stream fails with. */
export type ChunkListener<Chunk> = (chunks: readonly Chunk[]) => Heard;

/** Who ended a stream: the listener, which had had enough, or the worker, which says nothing more. */
export type StreamEnd = 'enough' | 'worker-ended';

interface Failure {
  readonly error: unknown;
}

/** An answer that is none. */
interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
  text: string;
}

/**
 * One streamed completion as it comes from the HTTP client, without a stream in between: frames are taken apart, and told, where they arrive.
 * Leaving it aborts the worker's generation.
 */
export class CompletionStream<Path extends CompletionPath = CompletionPath> implements Dispatcher.DispatchHandler {
  lastSignMs: number;
  hasFirstToken = false;
  silence: Silence = NO_SILENCE;

  private readonly parser = workerEventParser();
  private readonly done = new Deferred<StreamEnd>();
  private controller: Dispatcher.DispatchController | null = null;
  /** Whether somebody still wants to hear of it. */
  private isWanted = true;
  /** Whether the listener has too much to do. */
  private isListenerBusy = false;
  /** How the exchange ended. */
  private closed: Failure | 'worker-ended' | null = null;
  private isDone = false;
  private hasHeaders = false;
  private hasLastWord = false;
  private leaving: NodeJS.Timeout | null = null;
  private refusal: Refusal | null = null;

  constructor(
    readonly path: Path,
    private readonly nowMs: () => number,
    private readonly signal: AbortSignal,
    private readonly onChunks: ChunkListener<StreamChunk[Path]>,
    private readonly onAnswered: () => void,
  ) {
    this.lastSignMs = nowMs();
    signal.addEventListener('abort', this.onAbort);
  }

  /** Done when the last frame has been heard, or the listener has had enough. */
  get ended(): Promise<StreamEnd> {
    return this.done.promise;
  }

  /** Whether it is the worker that says nothing, and not the listener that is busy. */
  get isWaitingForWorker(): boolean {
    return !this.isListenerBusy;
  }

  /** Gives the worker up. */
  fail(error: unknown): void {
    if (!this.isWanted) return;
    this.settle({ error });
    this.abort();
  }

  /**
   * Nothing more is wanted. A generation that goes on is aborted; of one that has said its last word the end is read, if it comes soon:
   * a connection left before could not be used again.
   */
  leave(): void {
    if (!this.isWanted) return;
    this.settle('enough');
    if (this.hasLastWord) this.leaving = setTimeout(() => this.abort(), END_TIMEOUT_MS).unref();
    else this.abort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (!this.isWanted) this.abort();
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
    if (!this.isWanted) return;
    if (this.refusal) {
      this.refusal.text += bytes.toString('utf8');
      if (this.refusal.text.length > MAX_REFUSAL_CHARACTERS) controller.abort(new Error('The error is too long.'));
      return;
    }
    const chunks: StreamChunk[Path][] = [];
    let trouble: unknown = null;
    try {
      for (const { data } of this.parser.push(bytes)) this.read(data, chunks);
    } catch (error) {
      trouble =
        error instanceof WorkerLostError ? error : new WorkerLostError('broken', String(toAppError(error).message), { cause: error });
    }
    // What came before the trouble counts.
    if (chunks.length > 0) this.tell(chunks, controller);
    if (trouble !== null) this.fail(trouble);
  }

  onResponseEnd(): void {
    if (this.refusal) this.close({ error: this.errorOf(this.refusal) });
    else this.close('worker-ended');
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    if (this.refusal) this.close({ error: this.errorOf(this.refusal) });
    else if (this.hasHeaders)
      this.close({ error: new WorkerLostError('broken', 'The worker broke off in the middle of an answer.', { cause }) });
    else this.close({ error: new WorkerLostError(connectionFault(cause), 'The worker could not be reached.', { cause }) });
  }

  private readonly onAbort = (): void => this.fail(this.signal.reason);

  private read(data: string, chunks: StreamChunk[Path][]): void {
    // What follows is read all the same: a connection left before its end could not be used again.
    this.isDone ||= data === '[DONE]';
    if (this.isDone) return;
    const chunk = parseChunk(data, this.path);
    this.hasLastWord ||= Boolean(chunk.choices[0]?.finish_reason);
    chunks.push(chunk);
  }

  private tell(chunks: readonly StreamChunk[Path][], controller: Dispatcher.DispatchController): void {
    this.lastSignMs = this.nowMs();
    this.silence = NO_SILENCE;
    this.hasFirstToken = true;
    let heard: Heard;
    try {
      heard = this.onChunks(chunks);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (heard === undefined) return;
    if (heard === 'enough') {
      this.leave();
      return;
    }
    this.isListenerBusy = true;
    controller.pause();
    heard.then(
      (answer) => this.onHeard(answer ?? undefined, controller),
      (error: unknown) => this.fail(error),
    );
  }

  private onHeard(answer: 'enough' | undefined, controller: Dispatcher.DispatchController): void {
    this.isListenerBusy = false;
    this.lastSignMs = this.nowMs();
    if (!this.isWanted) return;
    controller.resume();
    if (answer === 'enough') this.leave();
    else if (this.closed) this.settle(this.closed);
  }

  private errorOf({ status, retryAfter, text }: Refusal): unknown {
    return refusalOf(this.path, status, retryAfter, readRefusal(text));
  }

  /** The exchange is over. */
  private close(how: Failure | 'worker-ended'): void {
    this.closed = how;
    if (this.leaving) clearTimeout(this.leaving);
    if (this.isWanted && !this.isListenerBusy) this.settle(how);
  }

  private settle(how: Failure | StreamEnd): void {
    this.isWanted = false;
    this.signal.removeEventListener('abort', this.onAbort);
    if (typeof how === 'string') this.done.resolve(how);
    else this.done.reject(how.error);
  }

  private abort(): void {
    this.controller?.abort(new Error('The generation is no longer wanted.'));
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
