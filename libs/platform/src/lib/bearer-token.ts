import type { IncomingHttpHeaders } from 'node:http';

/** The token of `authorization: Bearer …`, or null. */
export function bearerTokenOf(headers: IncomingHttpHeaders): string | null {
  const match = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '');
  return match?.[1] ?? null;
}
