import type { IncomingMessage } from 'node:http';
import { AppError } from '@interleave/kernel';

/**
 * The whole body, never more than the limit of it in memory.
 * @throws AppError `payload_too_large` as soon as that is known; what the client still sends is thrown away
 * @throws AppError `cancelled` when the client leaves meanwhile
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => {
      request.removeAllListeners('data').resume();
      reject(new AppError('payload_too_large', `The request body is larger than ${maxBytes} bytes, which is the most this server takes.`));
    };
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
    let first: Buffer | null = null;
    let rest: Buffer[] | null = null;
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) return tooLarge();
      if (first === null) first = chunk;
      else (rest ??= [first]).push(chunk);
    });
    request.on('end', () => resolve(rest === null ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest)));
    const onGone = () => reject(new AppError('cancelled', 'The client closed the connection.'));
    request.on('error', onGone);
    request.on('aborted', onGone);
  });
}
