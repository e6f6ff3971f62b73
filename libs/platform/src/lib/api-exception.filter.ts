import { ArgumentsHost, Catch, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerError } from './answer';
import type { FailureLog } from './answer';

/** What the framework's routes throw is answered like everywhere else. */
@Catch()
export class ApiExceptionFilter implements ExceptionFilter {
  constructor(private readonly log: FailureLog) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerError(exception, http.getRequest<Request>(), http.getResponse<Response>(), this.log);
  }
}
