import { AppError } from '@interleave/kernel';
import { bearerTokenOf, tokensMatch } from '@interleave/platform';
import { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/** Everything but `/health` needs the worker's key, where it has one. */
export class WorkerKeyGuard implements CanActivate {
  constructor(private readonly workerApiKey: string | undefined) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (!this.workerApiKey || request.path === '/health') return true;
    const token = bearerTokenOf(request.headers);
    if (token !== null && tokensMatch(token, this.workerApiKey)) return true;
    throw new AppError('invalid_api_key', 'Send the worker\'s key as "authorization: Bearer …".');
  }
}
