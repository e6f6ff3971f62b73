import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, isAppError } from '@interleave/kernel';
import { toErrorBody } from './error-body';
import { statusOf } from './error-status';
import { endEventStream } from './event-stream';

/** A client that takes nothing of its answer for this long is hung up on: nobody keeps the bytes for it. */
export const STALL_TIMEOUT_MS = 30_000;
/** What may be tried again, and nobody knows when. */
const RETRY_AFTER_MS = 1000;

/** What failures are told to. */
export interface FailureLog {
  warn(entry: Record<string, unknown>): void;
  error(entry: Record<string, unknown>): void;
}

/** A whole answer in one write. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendWhole(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

export function sendWhole(response: ServerResponse, status: number, contentType: string, content: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(content) });
  response.end(content);
  hangUpWhenStalled(response);
}

/** The connection is closed when the client stops reading; the next request on it starts anew. */
export function hangUpWhenStalled(response: ServerResponse, timeoutMs = STALL_TIMEOUT_MS): void {
  const { socket } = response;
  if (socket && socket.writableLength > 0) socket.setTimeout(timeoutMs);
}

/** Every failure leaves as OpenAI's envelope: ours, the framework's (unknown route) and a body parser's (too large, not JSON). */
export function answerError(exception: unknown, request: IncomingMessage, response: ServerResponse, log: FailureLog): void {
  const path = pathOf(request);
  const error = asAppError(exception, request.method ?? '', path);
  const status = statusOf(error.code);
  if (status >= 500) {
    // What the caller may simply try again is no fault of the service.
    const entry = { event: 'request-failed', code: error.code, route: path, err: error.cause ?? error };
    if (error.isRetryable) log.warn(entry);
    else log.error(entry);
  }
  if (response.headersSent) {
    // The status is out: whoever streams reports errors in the stream itself; here only the socket is left to close.
    endEventStream(response);
    return;
  }
  const retryAfterMs = error.retryAfterMs ?? (error.isRetryable ? RETRY_AFTER_MS : null);
  if (retryAfterMs !== null) response.setHeader('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)));
  sendJson(response, status, toErrorBody(error));
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function asAppError(exception: unknown, method: string, path: string): AppError {
  if (isAppError(exception)) return exception;
  if (exception instanceof RangeError) {
    // Recursive validators give up on JSON that is nested thousands of levels deep.
    return new AppError('invalid_request', 'The request body is nested too deeply.', { cause: exception });
  }
  const status = statusOfForeign(exception);
  const message = exception instanceof Error ? exception.message : 'The request could not be understood.';
  if (status === 404) return new AppError('not_found', `Unknown request URL: ${method} ${path}.`, { cause: exception });
  if (status === 413) return new AppError('payload_too_large', 'The request body is too large.', { cause: exception });
  if (status !== null && status >= 400 && status < 500) {
    return new AppError('invalid_request', `We could not parse the request: ${message}`, { cause: exception });
  }
  return new AppError('internal', 'Something went wrong on the server; its log has the details.', { cause: exception });
}

/** The framework's exceptions and those of the body parser both carry the status they stand for. */
function statusOfForeign(exception: unknown): number | null {
  const status: unknown = exception !== null && typeof exception === 'object' ? Reflect.get(exception, 'status') : undefined;
  return typeof status === 'number' ? status : null;
}
