import { Deferred } from './deferred';

/**
 * Turns pushes into an async iteration: the bridge from callbacks to `for await`. Values pushed before anyone reads are kept;
 * the producer is expected to bound what it pushes. After `close` the remaining values are still delivered; after `fail` the
 * iteration throws once they are.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
  private readonly values: T[] = [];
  private ended: { readonly error?: unknown } | null = null;
  private waiting: Deferred<void> | null = null;

  push(value: T): void {
    if (this.ended) return;
    this.values.push(value);
    this.wake();
  }

  close(): void {
    this.ended ??= {};
    this.wake();
  }

  fail(error: unknown): void {
    this.ended ??= { error };
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.values.length > 0) yield this.values.shift() as T;
      if (this.ended) {
        if ('error' in this.ended) throw this.ended.error;
        return;
      }
      this.waiting = new Deferred<void>();
      await this.waiting.promise;
    }
  }

  private wake(): void {
    this.waiting?.resolve();
    this.waiting = null;
  }
}
