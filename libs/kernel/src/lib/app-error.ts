/** Every failure that leaves a library or an app. The code is stable: clients, logs and tests rely on it; the message may change. */
export type ErrorCode =
  /** The caller sent something wrong; `param` names it. */
  | 'invalid_request'
  /** The same, on a route whose wire asks for 422. */
  | 'unprocessable_request'
  | 'context_length_exceeded'
  | 'payload_too_large'
  | 'invalid_api_key'
  | 'not_found'
  | 'model_not_found'
  | 'session_not_found'
  /** There was one; the message says why it ended. */
  | 'session_expired'
  | 'conflict'
  /** Too much at once; the same request may succeed later. */
  | 'busy'
  | 'sandbox_busy'
  | 'worker_busy'
  /** Something of ours is missing or broken. */
  | 'sandbox_unavailable'
  | 'no_worker'
  | 'worker_lost'
  | 'worker_failed'
  | 'docker_unavailable'
  | 'protocol_violation'
  | 'draining'
  | 'deadline_exceeded'
  | 'internal'
  /** The client went away: nobody reads the answer. */
  | 'cancelled'
  /** A setting stops the start. */
  | 'invalid_settings';

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Name of the request field or setting at fault. */
  readonly param?: string;
  /** Whether the same request may succeed later or elsewhere. Decided where the fact is known. */
  readonly isRetryable?: boolean;
  /** When to try again, in milliseconds; becomes `retry-after`. */
  readonly retryAfterMs?: number;
}

/** An error that says what happened (`code`), whom it concerns (`param`) and what to do (`message`). Knows no HTTP. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.param = options.param ?? null;
    this.isRetryable = options.isRetryable ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError;
}

/** What is already an AppError stays itself; anything else becomes an `internal` one that keeps its cause. */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  return new AppError('internal', 'Something went wrong on the server; its log has the details.', { cause: error });
}
