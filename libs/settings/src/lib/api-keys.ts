import { createHash } from 'node:crypto';

/** A key that clients may use, as far as the service keeps it: never the key itself. */
export interface ApiKey {
  /** What logs and limits know its owner by. Several keys may share one: while an old one is being replaced. */
  readonly name: string;
  /** SHA-256. Keys are random and long: there is nothing to guess that a slower hash would make harder. */
  readonly digest: Buffer;
}

const NAMED = /^([A-Za-z0-9][\w.-]{0,63}):(.+)$/;
const HASHED = /^sha256:([0-9a-f]{64})$/i;

/**
 * `key`, `name:key`, or `name:sha256:HEX`, which only says how to recognise the key. A key without a name gets its number.
 * @returns sentences for entries that are none of these, without what they hold
 */
export function parseApiKeys(entries: readonly string[]): { readonly keys: readonly ApiKey[]; readonly complaints: readonly string[] } {
  const complaints: string[] = [];
  const keys = entries.flatMap((entry, index) => {
    const [, name = `key-${index + 1}`, key = entry] = (/^sha256:/i.test(entry) ? null : NAMED.exec(entry)) ?? [];
    const [, hex] = HASHED.exec(key) ?? [];
    if (hex === undefined && /^sha256:/i.test(key)) {
      complaints.push(`API_KEYS: the hash of ${name} is not 64 hexadecimal digits: \`npm run api-key -- ${name}\` makes one.`);
      return [];
    }
    if (/\s/.test(key)) {
      complaints.push(`API_KEYS: the key of ${name} holds blanks, which no client could send.`);
      return [];
    }
    return [{ name, digest: hex === undefined ? digestOfApiKey(key) : Buffer.from(hex, 'hex') }];
  });
  return { keys, complaints };
}

export function digestOfApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
