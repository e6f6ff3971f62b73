import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ApiKeyRing } from './api-key-ring';

/** For the framework's routes. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly ring: ApiKeyRing) {}

  canActivate(context: ExecutionContext): boolean {
    this.ring.admit(context.switchToHttp().getRequest<Request>().headers);
    return true;
  }
}
