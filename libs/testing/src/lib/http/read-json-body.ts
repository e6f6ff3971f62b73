import type { IncomingMessage } from 'node:http';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The request's body as JSON; undefined where there is none. Throws SyntaxError on anything else. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const text = await readTextBody(request);
  return text === '' ? undefined : JSON.parse(text);
}

/** Throws SyntaxError where it is too long. */
export async function readTextBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new SyntaxError(`the body is longer than ${MAX_BODY_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The body as an object, empty where it is none. */
export function asObject(body: unknown): Record<string, unknown> {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
}
