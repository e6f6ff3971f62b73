import { AppError, isAppError } from '@interleave/kernel';
import { ArgumentsHost, Catch, ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import { toErrorBody } from './error-body';
import { statusOf } from './error-status';

/** Every failure leaves as OpenAI's envelope: ours, Nest's (unknown route) and the body parser's (too large, not JSON). */
@Catch()
export class ApiExceptionFilter implements ExceptionFilter {
  constructor(private readonly log: PinoLogger) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = asAppError(exception, request);
    const status = statusOf(error.code);
    if (status >= 500) this.log.error({ event: 'request-failed', code: error.code, route: request.path, err: error.cause ?? error });
    if (response.headersSent) {
      // The status is out: whoever streams reports errors in the stream itself; here only the socket is left to close.
      response.end();
      return;
    }
    if (error.retryAfterMs !== null) response.setHeader('retry-after', Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
    response.status(status).json(toErrorBody(error));
  }
}

function asAppError(exception: unknown, request: Request): AppError {
  if (isAppError(exception)) return exception;
  if (exception instanceof RangeError) {
    // Recursive validators give up on JSON that is nested thousands of levels deep.
    return new AppError('invalid_request', 'The request body is nested too deeply.', { cause: exception });
  }
  const status = exception instanceof HttpException ? exception.getStatus() : statusOfParserError(exception);
  const message = exception instanceof Error ? exception.message : 'The request could not be understood.';
  if (status === 404) return new AppError('not_found', `Unknown request URL: ${request.method} ${request.path}.`, { cause: exception });
  if (status === 413) return new AppError('payload_too_large', 'The request body is too large.', { cause: exception });
  if (status !== null && status >= 400 && status < 500) {
    return new AppError('invalid_request', `We could not parse the request: ${message}`, { cause: exception });
  }
  return new AppError('internal', 'Something went wrong on the server; its log has the details.', { cause: exception });
}

function statusOfParserError(exception: unknown): number | null {
  const status: unknown = exception !== null && typeof exception === 'object' ? Reflect.get(exception, 'status') : undefined;
  return typeof status === 'number' ? status : null;
}
