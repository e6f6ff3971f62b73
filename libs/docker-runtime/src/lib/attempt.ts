import { AppError, Deferred } from '@interleave/kernel';

/**
 * One request to the engine.
 * @param what in the words "start a container"
 * @throws AppError `docker_unavailable`, also when the signal aborts
 */
export async function attempt<Result>(what: string, signal: AbortSignal, action: () => Promise<Result>): Promise<Result> {
  signal.throwIfAborted();
  const aborted = new Deferred<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    // Not every call of the client takes a signal; none is waited for beyond it.
    return await Promise.race([action(), aborted.promise]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('docker_unavailable', `Could not ${what}: ${reason}`, { cause: error, isRetryable: true });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The HTTP status of a request that the engine refused. */
export function statusOf(error: unknown): number | null {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : null;
  return typeof status === 'number' ? status : null;
}
