import { Deferred } from '@interleave/kernel';

/** So many values may wait for the consumer before producers wait for it. */
const MAX_WAITING = 32;

/** Values from several producers to one consumer: a few are kept, then producers wait until these were taken, so nothing piles up. */
export class HandOver<T> {
  private values: T[] = [];
  private readonly producers: Deferred<void>[] = [];
  private wanted: Deferred<void> | null = null;
  private closed: { readonly error?: unknown } | null = null;

  /** Undefined when there was room; else kept when there is. */
  give(value: T): Promise<void> | undefined {
    if (this.closed) return undefined;
    this.values.push(value);
    this.wanted?.resolve();
    if (this.values.length <= MAX_WAITING) return undefined;
    const turn = new Deferred<void>();
    this.producers.push(turn);
    return turn.promise;
  }

  close(): void {
    this.closed ??= {};
    this.wanted?.resolve();
  }

  fail(error: unknown): void {
    this.closed ??= { error };
    this.wanted?.resolve();
  }

  /** All values that wait, at least one at a time. */
  async *take(): AsyncGenerator<readonly T[], void, undefined> {
    try {
      for (;;) {
        if (this.values.length > 0) {
          const { values } = this;
          this.values = [];
          yield values;
          for (const turn of this.producers.splice(0)) turn.resolve();
        } else if (this.closed) {
          if ('error' in this.closed) throw this.closed.error;
          return;
        } else {
          this.wanted = new Deferred<void>();
          await this.wanted.promise;
        }
      }
    } finally {
      // The consumer is gone: producers must not wait for it.
      this.closed ??= {};
      for (const turn of this.producers.splice(0)) turn.resolve();
    }
  }
}
