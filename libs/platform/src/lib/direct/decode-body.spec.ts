import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { decodeBody } from './decode-body';

const BODY = Buffer.from('{"model":"demo"}'.repeat(100));

describe('a compressed body', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    [' GZIP', gzipSync],
  ] as const)('is read as %s', async (encoding, compress) => {
    expect(await decodeBody(compress(BODY), encoding, BODY.length)).toEqual(BODY);
  });

  it('is refused where it would grow beyond the limit', async () => {
    await expect(decodeBody(gzipSync(BODY), 'gzip', BODY.length - 1)).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it.each([
    ['gzip', BODY],
    ['zstd', BODY],
  ])('is refused where it is no %s that this server knows', async (encoding, bytes) => {
    await expect(decodeBody(bytes, encoding, 10_000)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
