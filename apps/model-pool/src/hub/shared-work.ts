interface Work<Result, Progress> {
  readonly promise: Promise<Result>;
  readonly listeners: Set<(progress: Progress) => void>;
  readonly controller: AbortController;
  last: Progress | null;
}

/** Work that several want at the same time and that is done once: each hears of its progress, and it ends early when all have left. */
export class SharedWork<Result, Progress> {
  private readonly running = new Map<string, Work<Result, Progress>>();

  async join(
    key: string,
    listener: (progress: Progress) => void,
    signal: AbortSignal,
    start: (tell: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted();
    const work = this.running.get(key) ?? this.begin(key, start);
    work.listeners.add(listener);
    if (work.last !== null) listener(work.last);
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal.reason instanceof Error ? signal.reason : new Error('Nobody waits any more.'));
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([work.promise, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      work.listeners.delete(listener);
      if (work.listeners.size === 0 && this.running.get(key) === work) {
        this.running.delete(key);
        work.controller.abort();
      }
    }
  }

  private begin(key: string, start: (tell: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>): Work<Result, Progress> {
    const controller = new AbortController();
    const listeners = new Set<(progress: Progress) => void>();
    const tell = (progress: Progress): void => {
      work.last = progress;
      for (const listener of listeners) listener(progress);
    };
    // Begins in a later turn, when the first listener is there.
    const promise = Promise.resolve().then(() => start(tell, controller.signal));
    const work: Work<Result, Progress> = { promise, listeners, controller, last: null };
    this.running.set(key, work);
    promise.then(
      () => this.forget(key, work),
      () => this.forget(key, work),
    );
    return work;
  }

  private forget(key: string, work: Work<Result, Progress>): void {
    if (this.running.get(key) === work) this.running.delete(key);
  }
}
