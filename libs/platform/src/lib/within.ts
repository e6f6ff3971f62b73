import { AppError } from '@interleave/kernel';

/**
 * Runs something under a signal that aborts with the outer one, or when the time is over.
 * Not `AbortSignal.any([outer, AbortSignal.timeout(…)])`: nothing holds on to that timeout, and once it is collected it never fires.
 */
export async function within<Result>(
  timeoutMs: number,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const onAbort = () => controller.abort(outer.reason);
  const onTimeout = () => controller.abort(new AppError('deadline_exceeded', `It took more than ${timeoutMs} ms.`));
  if (outer.aborted) onAbort();
  outer.addEventListener('abort', onAbort);
  const timer = setTimeout(onTimeout, timeoutMs);
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onAbort);
  }
}
