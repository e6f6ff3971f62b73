import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@interleave/kernel';
import { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { bearerTokenOf } from './bearer-token';
import { IS_PUBLIC } from './public.decorator';

/** Lets a request in if it carries the service token; without a configured token everyone on loopback is let in. */
export class ServiceTokenGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly serviceToken: string | undefined,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.serviceToken === undefined) return true;
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const token = bearerTokenOf(context.switchToHttp().getRequest<Request>().headers);
    if (token !== null && tokensMatch(token, this.serviceToken)) return true;
    throw new AppError('invalid_api_key', 'Send the service token as "authorization: Bearer …".');
  }
}

/** Compares in a time that tells nothing about the token, not even its length. */
export function tokensMatch(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
