import { AppError, Deferred } from '@interleave/kernel';
import { waitUntil } from '@interleave/testing';
import { ScriptedDecoder } from '../../../test/support/scripted-decoder';
import type { DecoderScript } from '../../../test/support/scripted-decoder';
import type { SamplingParameters } from '../sampling/sampling-parameters';
import { ContinuousBatcher } from './continuous-batcher';
import type { GenerationJob } from './generation-job';

const SAMPLING: SamplingParameters = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  seed: 0,
  logitBias: new Map(),
  minTokens: 0,
  bannedUntilMinTokens: [],
  topLogprobs: null,
};

/** Tokens 100, 101, …: told apart from the prompts of these tests. */
const COUNT_UP: DecoderScript = { reply: () => Array.from({ length: 50 }, (_, index) => 100 + index) };

class Recorder implements GenerationJob {
  readonly sampling = SAMPLING;
  readonly tokens: number[] = [];
  delivered = 0;
  readonly done = new Deferred<'complete' | unknown>();
  cachedTokens = -1;
  private readonly abort = new AbortController();

  constructor(
    readonly promptTokenIds: readonly number[],
    private readonly length = 3,
    private readonly atToken: (count: number) => void = () => undefined,
  ) {}

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  cancel(): void {
    this.abort.abort(new AppError('cancelled', 'gone'));
  }

  onStart(cachedTokens: number): void {
    this.cachedTokens = cachedTokens;
  }

  onToken({ id }: { readonly id: number }): boolean {
    this.tokens.push(id);
    this.atToken(this.tokens.length);
    return this.tokens.length < this.length;
  }

  deliver(): void {
    this.delivered = this.tokens.length;
    if (this.delivered === this.length) this.done.resolve('complete');
  }

  onError(error: unknown): void {
    this.done.resolve(error);
  }
}

function batcherOver(script: DecoderScript = COUNT_UP, maxWaiting = 8) {
  const decoder = new ScriptedDecoder(script);
  return { decoder, batcher: new ContinuousBatcher(decoder, maxWaiting) };
}

describe('continuous batcher', () => {
  it('takes one token of each running answer in one pass', async () => {
    const { decoder, batcher } = batcherOver();
    const jobs = [new Recorder([1, 2]), new Recorder([3, 4, 5])];

    batcher.submit(jobs);

    expect(await Promise.all(jobs.map(({ done }) => done.promise))).toEqual(['complete', 'complete']);
    expect(jobs.map(({ tokens }) => tokens)).toEqual([
      [100, 101, 102],
      [100, 101, 102],
    ]);
    expect(decoder.passes.map((items) => items.length)).toEqual([2, 2, 2]);
  });

  it('delivers a token while the next one is computed', async () => {
    const { decoder, batcher } = batcherOver();
    const job = new Recorder([1], 3, (count) => {
      if (count === 2) decoder.pause();
    });
    batcher.submit([job]);
    await waitUntil(() => job.delivered === 2);
    decoder.resume();

    expect(await job.done.promise).toBe('complete');
  });

  it('recomputes only what differs when a trajectory comes back longer', async () => {
    const { batcher } = batcherOver();
    const first = new Recorder([1, 2, 3]);
    batcher.submit([first]);
    await first.done.promise;
    const second = new Recorder([1, 2, 3, 100, 101, 102, 7, 8]);
    batcher.submit([second]);
    await second.done.promise;

    // The last token of the first answer was sampled but never went through the model.
    expect(second.cachedTokens).toBe(5);
  });

  it('puts at least the last token of a known prompt through the model', async () => {
    const { batcher } = batcherOver();
    for (const expected of [0, 2]) {
      const job = new Recorder([1, 2, 3]);
      batcher.submit([job]);
      await job.done.promise;
      expect(job.cachedTokens).toBe(expected);
    }
  });

  it('computes the prompt of several answers once', async () => {
    const prompt = Array.from({ length: 90 }, (_, index) => index);
    const { decoder, batcher } = batcherOver({ ...COUNT_UP, sequences: 4, batchTokens: 40 });
    const jobs = Array.from({ length: 4 }, () => new Recorder(prompt));
    batcher.submit(jobs);
    await Promise.all(jobs.map(({ done }) => done.promise));

    // The others start when so little is missing that they compute it themselves.
    expect(jobs.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 80, 80, 80]);
    const computed = decoder.passes.flat().reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
    expect(computed).toBe(90 + 3 * 10 + 4 * 2);
  });

  it('keeps a trajectory in the cache while others come and go', async () => {
    const { batcher } = batcherOver({ ...COUNT_UP, sequences: 4 });
    const generate = async (prompt: readonly number[]) => {
      const job = new Recorder(prompt);
      batcher.submit([job]);
      await job.done.promise;
      return job;
    };
    const first = await generate([1, 2, 3]);
    for (const other of [50, 60, 70]) await generate([1, 2, other, other, other]);
    const second = await generate([1, 2, 3, ...first.tokens, 9]);

    expect(second.cachedTokens).toBe(5);
  });

  it('cuts a long prompt into passes without stopping a running answer', async () => {
    const { decoder, batcher } = batcherOver({ ...COUNT_UP, batchTokens: 4 });
    const long = new Recorder([5, 5, 5, 5, 5, 5, 5, 5, 5]);
    const running = new Recorder([1, 2], 8, (count) => {
      if (count === 1) batcher.submit([long]);
    });
    batcher.submit([running]);
    await Promise.all([running.done.promise, long.done.promise]);

    expect(decoder.passes.slice(1, 4).map((items) => items.map(({ tokenIds }) => tokenIds.length))).toEqual([
      [1, 3],
      [1, 3],
      [1, 3],
    ]);
  });

  it('frees the sequence of an aborted job for the one that waits', async () => {
    const { batcher } = batcherOver({ ...COUNT_UP, sequences: 1 });
    const aborted = new Recorder([1, 2], 40, (count) => {
      if (count === 2) aborted.cancel();
    });
    const waiting = new Recorder([3]);
    batcher.submit([aborted, waiting]);

    expect(await aborted.done.promise).toMatchObject({ code: 'cancelled' });
    expect(await waiting.done.promise).toBe('complete');
    expect(aborted.tokens).toHaveLength(2);
  });

  it('drops a job that is aborted while it waits', async () => {
    const { batcher } = batcherOver({ ...COUNT_UP, sequences: 1 });
    const running = new Recorder([1], 5);
    const waiting = new Recorder([2]);
    batcher.submit([running, waiting]);
    waiting.cancel();

    expect(await waiting.done.promise).toMatchObject({ code: 'cancelled' });
    expect(waiting.cachedTokens).toBe(-1);
  });

  it('refuses jobs beyond its queue, all of a request or none', async () => {
    const { batcher } = batcherOver({ ...COUNT_UP, sequences: 1 }, 1);
    const jobs = [new Recorder([1]), new Recorder([2])];
    batcher.submit(jobs);

    expect(() => batcher.submit([new Recorder([3])])).toThrow(expect.objectContaining({ code: 'worker_busy', isRetryable: true }));
    await Promise.all(jobs.map(({ done }) => done.promise));
    expect(() => batcher.submit([new Recorder([3]), new Recorder([4]), new Recorder([5])])).toThrow('waiting requests');
  });

  it('is dead after a failed pass: running and new jobs fail', async () => {
    const { decoder, batcher } = batcherOver();
    decoder.failure = new Error('Eval has failed');
    const job = new Recorder([1]);
    batcher.submit([job]);

    expect(await job.done.promise).toMatchObject({ code: 'worker_lost' });
    expect(batcher.deadBecause?.message).toContain('has to be restarted');
    expect(() => batcher.submit([new Recorder([1])])).toThrow('has to be restarted');
  });

  it('ends what runs when it is closed', async () => {
    const { batcher } = batcherOver();
    const job = new Recorder([1], 40);
    batcher.submit([job]);
    await batcher.close(new AppError('draining', 'bye'));

    expect(await job.done.promise).toMatchObject({ code: 'draining' });
  });
});
