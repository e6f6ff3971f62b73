import { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { IS_PUBLIC } from './public.decorator';
import { ServiceToken } from './service-token';

/** Lets a request in if it carries the service token, or its route needs none. */
export class ServiceTokenGuard implements CanActivate {
  private readonly token: ServiceToken;

  constructor(
    private readonly reflector: Reflector,
    serviceToken: string | undefined,
  ) {
    this.token = new ServiceToken(serviceToken);
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()])) return true;
    this.token.check(context.switchToHttp().getRequest<Request>().headers);
    return true;
  }
}
