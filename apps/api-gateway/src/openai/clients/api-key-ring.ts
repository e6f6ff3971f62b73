import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@interleave/kernel';
import { bearerTokenOf } from '@interleave/platform';
import { digestOfApiKey, parseApiKeys } from '@interleave/settings';
import type { ApiKey } from '@interleave/settings';

/** Who asks, where no key is configured. */
export const ANYONE = 'anyone';

/** The configured keys, as digests. */
export class ApiKeyRing {
  private readonly keys: readonly ApiKey[];

  constructor(entries: readonly string[]) {
    this.keys = parseApiKeys(entries).keys;
  }

  /**
   * Lets clients with a configured key in, and says whose it is; where none is configured, everyone, whatever key they send.
   * @returns the name of the key's owner, never the key
   * @throws AppError `invalid_api_key`
   */
  admit(headers: IncomingHttpHeaders): string {
    if (this.keys.length === 0) return ANYONE;
    const key = bearerTokenOf(headers);
    if (key === null) throw new AppError('invalid_api_key', 'Send your API key as "authorization: Bearer …".');
    const name = this.nameOf(key);
    if (name === null) throw new AppError('invalid_api_key', 'Incorrect API key provided.');
    return name;
  }

  /** Name of the key's owner, or null. Every key is compared, so that the time taken tells nothing about which one matched. */
  private nameOf(key: string): string | null {
    const digest = digestOfApiKey(key);
    const matches = this.keys.map((known) => timingSafeEqual(digest, known.digest));
    return this.keys[matches.indexOf(true)]?.name ?? null;
  }
}
