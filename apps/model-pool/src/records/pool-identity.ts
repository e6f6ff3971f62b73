import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'pool-id';

/**
 * By which a pool knows its containers again, and no other pool does. Of the state directory, not of its path: two machines, or two
 * containers, that share an engine may well have the same path.
 */
export function poolIdentity(stateDirectory: string): string {
  const known = knownPoolIdentity(stateDirectory);
  if (known !== null) return known;
  const identity = randomBytes(12).toString('hex');
  writeFileSync(join(stateDirectory, FILE), `${identity}\n`, { mode: 0o600 });
  return identity;
}

/** Null where this pool has never had a container. */
export function knownPoolIdentity(stateDirectory: string): string | null {
  const path = join(stateDirectory, FILE);
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  return /^[0-9a-f]{24}$/.test(text) ? text : null;
}
