import { AppError, Deferred } from '@interleave/kernel';
import type { BatchDecoder, LogitsIndex, TokenSampler } from '../language-model';
import { chooseSequence } from './choose-sequence';
import { commonPrefixLength } from './common-prefix-length';
import type { GenerationJob } from './generation-job';
import { planBatch } from './plan-batch';

interface Slot {
  readonly sequence: number;
  /** What the cache holds of this sequence, also after its job is done. */
  keptTokenIds: number[];
  lastUse: number;
}

interface Running {
  readonly slot: Slot;
  readonly job: GenerationJob;
  readonly sampler: TokenSampler;
  readonly generated: number[];
  /** Tokens that have not been through the model: the rest of the prompt, or the token sampled last. */
  pending: readonly number[];
}

export interface BatcherLoad {
  readonly running: number;
  readonly waiting: number;
  /** Tokens that running jobs hold in the cache. */
  readonly keptTokens: number;
}

/**
 * Continuous batching: every pass of the model takes one token of each running answer and as much of the waiting prompts as
 * fits; a job joins and leaves between two passes. A pass that fails leaves the cache in an unknown state, so it ends the engine.
 */
export class ContinuousBatcher {
  private readonly free: Slot[];
  private running: Running[] = [];
  private waiting: GenerationJob[] = [];
  private undelivered: GenerationJob[] = [];
  private uses = 0;
  private failure: AppError | null = null;
  private isClosed = false;
  private wake = new Deferred<void>();
  private readonly loop: Promise<void>;

  constructor(
    private readonly decoder: BatchDecoder,
    private readonly maxWaiting: number,
  ) {
    this.free = Array.from({ length: decoder.sequenceCount }, (_, sequence) => ({ sequence, keptTokenIds: [], lastUse: 0 }));
    this.loop = this.run();
  }

  /** Why nothing can be generated any more, or null. */
  get deadBecause(): AppError | null {
    return this.failure;
  }

  get load(): BatcherLoad {
    const keptTokens = this.running.reduce((sum, { slot }) => sum + slot.keptTokenIds.length, 0);
    return { running: this.running.length, waiting: this.waiting.length, keptTokens };
  }

  /**
   * Takes in all of the jobs or none.
   * @throws AppError `worker_busy` when the queue has no room for them, `worker_lost` when the engine is broken
   */
  submit(jobs: readonly GenerationJob[]): void {
    if (this.failure) throw this.failure;
    const beyondSequences = this.waiting.length + jobs.length - this.free.length;
    if (beyondSequences > this.maxWaiting) {
      throw new AppError('worker_busy', `The worker already has ${this.waiting.length} waiting requests; try again shortly.`, {
        isRetryable: true,
        retryAfterMs: 1000,
      });
    }
    for (const signal of new Set(jobs.map(({ signal }) => signal))) {
      signal.addEventListener('abort', () => this.wake.resolve(), { once: true });
    }
    this.waiting.push(...jobs);
    this.wake.resolve();
  }

  /** Ends all jobs; resolves when the model is no longer in use. */
  async close(reason: AppError): Promise<void> {
    this.isClosed = true;
    this.failure ??= reason;
    this.wake.resolve();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.isClosed) {
      this.dropAborted();
      this.admit();
      if (this.running.length === 0) {
        this.deliver();
        await this.wake.promise;
        this.wake = new Deferred<void>();
        continue;
      }
      try {
        await this.pass();
      } catch (error) {
        this.failure = new AppError('worker_lost', 'The inference engine failed; the worker has to be restarted.', { cause: error });
        this.isClosed = true;
      }
    }
    this.deliver();
    const failure = this.failure;
    for (const job of [...this.running.map(({ job }) => job), ...this.waiting]) job.onError(failure);
    for (const running of [...this.running]) this.release(running);
    this.waiting = [];
  }

  private dropAborted(): void {
    for (const running of this.running.filter(({ job }) => job.signal.aborted)) {
      this.release(running);
      running.job.onError(running.job.signal.reason);
    }
    const aborted = this.waiting.filter((job) => job.signal.aborted);
    if (aborted.length === 0) return;
    this.waiting = this.waiting.filter((job) => !job.signal.aborted);
    for (const job of aborted) job.onError(job.signal.reason);
  }

  private admit(): void {
    while (this.free.length > 0 && this.waiting.length > 0) {
      const job = this.waiting.shift() as GenerationJob;
      const slot = chooseSequence(this.free, job.promptTokenIds) as Slot;
      this.free.splice(this.free.indexOf(slot), 1);
      this.uses += 1;
      slot.lastUse = this.uses;
      // The last token of the prompt always goes through the model: its logits are what the first token is sampled from.
      const shared = Math.min(commonPrefixLength(slot.keptTokenIds, job.promptTokenIds), job.promptTokenIds.length - 1);
      const cached = shared === slot.keptTokenIds.length ? shared : this.decoder.truncate(slot.sequence, shared);
      slot.keptTokenIds.length = cached;
      const sampler = this.decoder.createSampler(job.sampling, job.promptTokenIds);
      this.running.push({ slot, job, sampler, generated: [], pending: job.promptTokenIds.slice(cached) });
      job.onStart(cached);
    }
  }

  private async pass(): Promise<void> {
    const plan = planBatch(
      this.running.map(({ pending }) => pending.length),
      this.decoder.batchTokens,
    );
    const taking = this.running.map((running, index) => ({ running, count: plan[index] ?? 0 })).filter(({ count }) => count > 0);
    const computing = this.decoder.decode(
      taking.map(({ running: { slot, pending }, count }) => ({
        sequence: slot.sequence,
        position: slot.keptTokenIds.length,
        tokenIds: pending.slice(0, count),
        wantsLogits: count === pending.length,
      })),
    );
    // What was sampled before is written to the clients while the model computes in a thread of its own.
    this.deliver();
    const logits = await computing;
    for (const { running, count } of taking) {
      for (const id of running.pending.slice(0, count)) running.slot.keptTokenIds.push(id);
      running.pending = running.pending.slice(count);
    }
    // All of them settle before anything is disposed: a native sampler may not be freed while it works.
    const sampled = await Promise.allSettled(taking.map(({ running }, index) => this.sample(running, logits[index] ?? null)));
    for (const outcome of sampled) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private async sample(running: Running, logits: LogitsIndex | null): Promise<void> {
    if (logits === null || running.job.signal.aborted) return;
    const token = await running.sampler.sample(logits, running.generated);
    running.generated.push(token.id);
    running.pending = [token.id];
    if (!running.job.onToken(token)) this.release(running);
    this.undelivered.push(running.job);
  }

  private deliver(): void {
    const jobs = this.undelivered;
    this.undelivered = [];
    for (const job of jobs) job.deliver();
  }

  private release(running: Running): void {
    running.sampler.dispose();
    this.running = this.running.filter((other) => other !== running);
    this.free.push(running.slot);
  }
}
