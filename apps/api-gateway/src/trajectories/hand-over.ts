import { Deferred } from '@interleave/kernel';

/** Values from several producers to one consumer, one at a time: a producer waits until its value was taken, so nothing piles up. */
export class HandOver<T> {
  private readonly offers: { readonly value: T; readonly taken: Deferred<void> }[] = [];
  private wanted: Deferred<void> | null = null;
  private closed: { readonly error?: unknown } | null = null;

  async give(value: T): Promise<void> {
    if (this.closed) return;
    const taken = new Deferred<void>();
    this.offers.push({ value, taken });
    this.wanted?.resolve();
    await taken.promise;
  }

  close(): void {
    this.closed ??= {};
    this.wanted?.resolve();
  }

  fail(error: unknown): void {
    this.closed ??= { error };
    this.wanted?.resolve();
  }

  async *take(): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const offer = this.offers.shift();
        if (offer) {
          try {
            yield offer.value;
          } finally {
            // Also where the consumer leaves with this value.
            offer.taken.resolve();
          }
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
      for (const offer of this.offers.splice(0)) offer.taken.resolve();
    }
  }
}
