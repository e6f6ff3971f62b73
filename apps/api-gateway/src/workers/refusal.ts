import { AppError } from '@interleave/kernel';
import { WorkerLostError } from './worker-lost';

const MAX_MESSAGE_CHARACTERS = 64 * 1024;
const BUSY_RETRY_MS = 1000;

/** What an answer that is none means: the request was wrong, the worker is full, or the worker is broken. */
export function refusalOf(path: string, status: number, retryAfter: string | null, message: string): AppError {
  if (status === 400 || status === 422) {
    const isContext = /maximum context length|context_length_exceeded/i.test(message);
    return new AppError(isContext ? 'context_length_exceeded' : 'invalid_request', message || `The worker refused the request to ${path}.`);
  }
  // Only who is full says when to come back.
  if (status === 429 || (status === 503 && retryAfter !== null)) {
    const seconds = Number(retryAfter);
    const retryAfterMs = seconds > 0 && seconds < 3600 ? seconds * 1000 : BUSY_RETRY_MS;
    return new WorkerLostError('busy', `The worker is full (${status}): ${message}`, { retryAfterMs });
  }
  if (status >= 500) return new WorkerLostError('server-error', `The worker answered ${status}: ${message}`);
  return new AppError('worker_failed', `The worker answered ${status} to ${path}: ${message}`);
}

/** The sentence in an error body: OpenAI's envelope, vLLM's bare string, or the text itself. */
export function readRefusal(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: string | { message?: string } };
    return (typeof error === 'string' ? error : error?.message)?.slice(0, MAX_MESSAGE_CHARACTERS) ?? body.slice(0, 500);
  } catch (_notJson) {
    return body.slice(0, 500);
  }
}
