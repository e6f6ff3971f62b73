import { AppError } from '@interleave/kernel';
import { bearerTokenOf, tokensMatch } from '@interleave/platform';
import { GatewaySettings } from '@interleave/settings';
import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';

/** Lets clients with a configured key in; where none is configured, everyone, whatever key they send. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly settings: GatewaySettings) {}

  canActivate(context: ExecutionContext): boolean {
    const { apiKeys } = this.settings;
    if (apiKeys.length === 0) return true;
    const token = bearerTokenOf(context.switchToHttp().getRequest<Request>().headers);
    // Every key is compared, so that the time taken tells nothing about which one matched.
    const isKnown = token !== null && apiKeys.map((key) => tokensMatch(token, key)).includes(true);
    if (isKnown) return true;
    throw new AppError(
      'invalid_api_key',
      token === null ? 'Send your API key as "authorization: Bearer …".' : 'Incorrect API key provided.',
    );
  }
}
