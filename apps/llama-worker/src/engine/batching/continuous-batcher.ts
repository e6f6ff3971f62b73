import { AppError, Deferred } from '@interleave/kernel';
import type { BatchDecoder, LogitsIndex, TokenSampler } from '../language-model';
import { commonPrefixLength } from './common-prefix-length';
import type { GenerationJob } from './generation-job';
import { planBatch } from './plan-batch';
import { planStart } from './plan-start';
import type { CachedSequence } from './plan-start';

/** A sequence of the model; the cache keeps its tokens also after its job is done. */
interface Slot extends CachedSequence {
  readonly sequence: number;
  isFree: boolean;
  keptTokenIds: number[];
  comingTokenIds: readonly number[];
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
  private readonly slots: readonly Slot[];
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
    this.slots = Array.from({ length: decoder.sequenceCount }, (_, sequence) => ({
      sequence,
      isFree: true,
      keptTokenIds: [],
      comingTokenIds: [],
      lastUse: 0,
    }));
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
    const beyondSequences = this.waiting.length + jobs.length - (this.slots.length - this.running.length);
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
      try {
        this.dropAborted();
        await this.admit();
        if (this.running.length > 0) await this.pass();
        else await this.sleep();
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

  private async sleep(): Promise<void> {
    this.deliver();
    await this.wake.promise;
    this.wake = new Deferred<void>();
  }

  private async admit(): Promise<void> {
    for (const job of [...this.waiting]) {
      if (this.running.length === this.slots.length) return;
      const plan = planStart(this.slots, job.promptTokenIds);
      if (plan === null) continue;
      this.waiting = this.waiting.filter((other) => other !== job);
      await this.start(job, plan.target, plan.copyFrom);
    }
  }

  private async start(job: GenerationJob, slot: Slot, copyFrom: Slot | null): Promise<void> {
    this.uses += 1;
    slot.lastUse = this.uses;
    if (copyFrom) {
      const copied = await this.decoder.copy(copyFrom.sequence, slot.sequence);
      slot.keptTokenIds = copyFrom.keptTokenIds.slice(0, copied);
    }
    // The last token of the prompt always goes through the model: its logits are what the first token is sampled from.
    const shared = Math.min(commonPrefixLength(slot.keptTokenIds, job.promptTokenIds), job.promptTokenIds.length - 1);
    const cached = shared === slot.keptTokenIds.length ? shared : this.decoder.truncate(slot.sequence, shared);
    slot.keptTokenIds.length = cached;
    slot.isFree = false;
    slot.comingTokenIds = job.promptTokenIds;
    const sampler = this.decoder.createSampler(job.sampling, job.promptTokenIds);
    this.running.push({ slot, job, sampler, generated: [], pending: job.promptTokenIds.slice(cached) });
    job.onStart(cached);
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
      if (running.pending.length === 0) running.slot.comingTokenIds = [];
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
    running.slot.isFree = true;
    running.slot.comingTokenIds = [];
  }
}
