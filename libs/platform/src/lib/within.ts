import { AppError, LinkedAbort } from '@interleave/kernel';

/**
 * Runs something under a signal that aborts with the outer one, or when the time is over.
 * Not `AbortSignal.any([outer, AbortSignal.timeout(…)])`: nothing holds on to that timeout, and once it is collected it never fires.
 */
export async function within<Result>(
  timeoutMs: number,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new LinkedAbort(outer);
  const timer = setTimeout(() => abort.abort(new AppError('deadline_exceeded', `It took more than ${timeoutMs} ms.`)), timeoutMs);
  try {
    return await run(abort.signal);
  } finally {
    clearTimeout(timer);
    abort.release();
  }
}
