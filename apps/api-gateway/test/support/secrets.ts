import { randomBytes } from 'node:crypto';

const SECRET = /sec(\d+)x[0-9a-f]{16}/g;

/** A word that nobody else has, and that says whose it is. */
export function newSecret(owner: number): string {
  return `sec${owner}x${randomBytes(8).toString('hex')}`;
}

/** Whose secrets stand in a text. */
export function ownersIn(text: string): Set<number> {
  return new Set([...text.matchAll(SECRET)].map(([, owner]) => Number(owner)));
}
