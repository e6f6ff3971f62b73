/** Lets the given time pass; true if it did, false if the signal came first. A time of 0 only lets other work run in between. */
export function pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  if (durationMs <= 0) return new Promise((resolve) => setImmediate(() => resolve(!signal.aborted)));
  return new Promise((resolve) => {
    const onAbort = () => finish(false);
    const timer = setTimeout(() => finish(true), durationMs);
    const finish = (passed: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(passed);
    };
    signal.addEventListener('abort', onAbort);
  });
}

/** Waits for the signal, however long that takes. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
