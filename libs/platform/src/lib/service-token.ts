import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@interleave/kernel';
import { bearerTokenOf } from './bearer-token';

/** The token that the services trust each other by. Without a configured one everyone who reaches the service is let in. */
export class ServiceToken {
  private readonly expected: Buffer | null;

  constructor(serviceToken: string | undefined) {
    this.expected = serviceToken === undefined ? null : digestOf(serviceToken);
  }

  /** @throws AppError `invalid_api_key` */
  check(headers: IncomingHttpHeaders): void {
    if (this.expected === null) return;
    const token = bearerTokenOf(headers);
    if (token !== null && timingSafeEqual(digestOf(token), this.expected)) return;
    throw new AppError('invalid_api_key', 'Send the service token as "authorization: Bearer …".');
  }
}

/** Compares in a time that tells nothing about the token, not even its length. */
export function tokensMatch(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
