import { timingSafeEqual } from 'node:crypto';
import { digestOfApiKey, parseApiKeys } from '@interleave/settings';
import type { ApiKey } from '@interleave/settings';

/** The configured keys, as digests. */
export class ApiKeyRing {
  private readonly keys: readonly ApiKey[];

  constructor(entries: readonly string[]) {
    this.keys = parseApiKeys(entries).keys;
  }

  /** Whether no key is configured: then every client is let in, whatever it sends. */
  get isOpen(): boolean {
    return this.keys.length === 0;
  }

  /** Name of the key's owner, or null. Every key is compared, so that the time taken tells nothing about which one matched. */
  nameOf(key: string): string | null {
    const digest = digestOfApiKey(key);
    const matches = this.keys.map((known) => timingSafeEqual(digest, known.digest));
    return this.keys[matches.indexOf(true)]?.name ?? null;
  }
}
