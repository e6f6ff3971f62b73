import { AppError } from '@interleave/kernel';
import { bearerTokenOf } from '@interleave/platform';
import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiKeyRing } from './api-key-ring';
import { nameClient } from './client-name';

/** Lets clients with a configured key in, and says whose it is; where none is configured, everyone, whatever key they send. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly ring: ApiKeyRing) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.ring.isOpen) return true;
    const http = context.switchToHttp();
    const token = bearerTokenOf(http.getRequest<Request>().headers);
    const name = token === null ? null : this.ring.nameOf(token);
    if (name === null) {
      throw new AppError(
        'invalid_api_key',
        token === null ? 'Send your API key as "authorization: Bearer …".' : 'Incorrect API key provided.',
      );
    }
    nameClient(http.getResponse<Response>(), name);
    return true;
  }
}
