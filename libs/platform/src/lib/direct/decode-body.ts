import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { AppError } from '@interleave/kernel';

const DECODERS = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * What a client has compressed, never more than the limit of it in memory.
 * @throws AppError `payload_too_large`, `invalid_request`
 */
export async function decodeBody(bytes: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const decode = DECODERS.get(encoding.trim().toLowerCase());
  if (!decode) {
    throw new AppError('invalid_request', `Send the body as it is, or compressed by gzip, deflate or br; it was ${encoding.slice(0, 40)}.`);
  }
  try {
    return await decode(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new AppError('payload_too_large', `The request body is larger than ${maxBytes} bytes, which is the most this server takes.`, {
        cause,
      });
    }
    throw new AppError('invalid_request', `The request body could not be decompressed as ${encoding.slice(0, 40)}.`, { cause });
  }
}
