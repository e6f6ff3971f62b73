import type { WorkerRow } from '@interleave/contracts';
import { PrefixChain } from '@interleave/worker-routing';
import { CompletionStream } from './completion-stream';
import type { ChunkListener, CompletionPath, StreamChunk, StreamEnd } from './completion-stream';
import { VllmClient } from './vllm-client';
import { WatchedQuestion } from './watched-question';
import type { WorkerLease, WorkerWish } from './worker-directory';
import { WorkerLostError } from './worker-lost';
import type { WorkerFault } from './worker-lost';
import type { WorkerRouting } from './worker-routing';

const MAX_ATTEMPTS = 3;
/** A worker that failed a trajectory is not asked by it for this long, were it the only one. */
const AVOID_MS = 1000;

/** The way of one trajectory through the workers: it stays where its context is cached, and leaves who fails it. */
export class TrajectoryRoute {
  /** The worker that was asked last: what it serves holds for the trajectory. */
  worker: WorkerRow | null = null;
  /** Where the last round ran: its context is cached there. */
  private ownWorkerId: string | null = null;
  private readonly prefixes = new PrefixChain();
  private readonly avoidUntilMs = new Map<string, number>();

  constructor(
    private readonly routing: WorkerRouting,
    private readonly model: string,
  ) {}

  /** The same way for another trajectory, which has not been anywhere yet. */
  another(): TrajectoryRoute {
    const route = new TrajectoryRoute(this.routing, this.model);
    route.worker = this.worker;
    return route;
  }

  /**
   * One generation: its frames are told as they come, as many at a time as have come. Who refuses it, or is full, is passed by until one takes it.
   * With `enough` it is aborted.
   * @param contextIds all ids of the context, which only grows; empty where the worker doesn't speak ids
   * @throws WorkerLostError when the worker failed once it had begun; asked again, another one takes over
   */
  async round<Path extends CompletionPath>(
    path: Path,
    contextIds: readonly number[],
    bodyFor: (worker: WorkerRow) => Readonly<Record<string, unknown>>,
    onChunks: ChunkListener<StreamChunk[Path]>,
    signal: AbortSignal,
  ): Promise<StreamEnd> {
    const context = { tokens: contextIds.length, hashes: this.prefixes.extend(contextIds) };
    const deadlineMs = this.routing.directory.waitDeadlineMs();
    for (;;) {
      const lease = await this.acquire(context, deadlineMs, signal);
      this.ownWorkerId = lease.worker.id;
      const stream = new CompletionStream(path, this.routing.directory.nowMs, signal, onChunks, lease.answered);
      const unwatch = this.routing.watch.add(stream, lease.worker);
      let fault: WorkerFault | null = null;
      try {
        signal.throwIfAborted();
        this.clientOf(lease.worker).stream(bodyFor(lease.worker), stream);
        return await stream.ended;
      } catch (error) {
        if (!(error instanceof WorkerLostError) || signal.aborted) throw error;
        ({ fault } = error);
        this.avoid(lease.worker, error);
        // Nobody has begun with it: the next one is asked without ado, until one takes it or the time is over.
        if (!error.wasNotBegun) throw error;
      } finally {
        unwatch();
        stream.leave();
        lease.release(fault);
      }
    }
  }

  /** A question about the tokenizer: any worker can answer it, the trajectory's own one first. */
  async ask<Answer>(
    question: (client: VllmClient, model: string, worker: WorkerRow, bounded: AbortSignal) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const deadlineMs = this.routing.directory.waitDeadlineMs();
    for (let attempt = 1; ;) {
      const lease = await this.acquire(null, deadlineMs, signal);
      const watched = new WatchedQuestion(this.routing.directory.nowMs(), signal);
      const unwatch = this.routing.watch.add(watched, lease.worker);
      try {
        const answer = await question(this.clientOf(lease.worker), this.modelNameAt(lease.worker), lease.worker, watched.signal);
        lease.release(null);
        return answer;
      } catch (error) {
        const isLost = error instanceof WorkerLostError;
        lease.release(isLost ? error.fault : null);
        if (!isLost || signal.aborted) throw error;
        this.avoid(lease.worker, error);
        if (!error.wasNotBegun && (attempt += 1) > MAX_ATTEMPTS) throw error;
      } finally {
        unwatch();
        watched.end();
      }
    }
  }

  /** The name that the worker itself knows the model by. */
  modelNameAt(worker: WorkerRow): string {
    return worker.served_names[0] ?? this.model;
  }

  /** The error for a worker that failed in a way that only the reader of its frames can see. */
  gaveUp(sentence: string): WorkerLostError {
    const error = new WorkerLostError('broken', sentence);
    if (this.worker) this.avoid(this.worker, error);
    return error;
  }

  private async acquire(context: WorkerWish['context'], deadlineMs: number, signal: AbortSignal): Promise<WorkerLease> {
    const { model, ownWorkerId, avoidUntilMs } = this;
    const lease = await this.routing.directory.acquire({ model, ownWorkerId, context, avoidUntilMs, deadlineMs }, signal);
    this.worker = lease.worker;
    return lease;
  }

  private avoid(worker: WorkerRow, { retryAfterMs }: WorkerLostError): void {
    this.avoidUntilMs.set(worker.id, this.routing.directory.nowMs() + (retryAfterMs ?? AVOID_MS));
  }

  private clientOf(worker: WorkerRow): VllmClient {
    return new VllmClient({ url: worker.url, apiKey: worker.api_key }, this.routing.transport);
  }
}
