import { AppError } from '@interleave/kernel';
import { WorkerLostError } from './worker-lost';

const MAX_MESSAGE_CHARACTERS = 64 * 1024;
const BUSY_RETRY_MS = 1000;
/** A field, perhaps with places inside it. */
const FIELD = /^[A-Za-z_][\w.[\]-]{0,127}$/;

/** What a worker says in place of an answer. */
export interface Refusal {
  readonly message: string;
  /** The field at fault, where it names one: as the gateway's own request to it has it. */
  readonly param: string | null;
}

/** What an answer that is none means: the request was wrong, the worker is full, or the worker is broken. */
export function refusalOf(path: string, status: number, retryAfter: string | null, { message, param }: Refusal): AppError {
  if (status === 400 || status === 422) {
    const isContext = /maximum context length|context_length_exceeded/i.test(message);
    return new AppError(
      isContext ? 'context_length_exceeded' : 'invalid_request',
      message || `The worker refused the request to ${path}.`,
      param === null ? {} : { param },
    );
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

/** The sentence and the field in an error body: OpenAI's envelope, vLLM's bare string, or the text itself. */
export function readRefusal(body: string): Refusal {
  try {
    const { error } = JSON.parse(body) as { error?: string | { message?: unknown; param?: unknown } };
    const { message, param } = typeof error === 'object' ? error : { message: error, param: null };
    return {
      message: typeof message === 'string' ? message.slice(0, MAX_MESSAGE_CHARACTERS) : body.slice(0, 500),
      param: typeof param === 'string' && FIELD.test(param) ? param : null,
    };
  } catch (_notJson) {
    return { message: body.slice(0, 500), param: null };
  }
}
