import fc from 'fast-check';
import { MalformedResponseError, ResponseDecoder } from './response-decoder';

interface Decoded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Null: the response has not ended. */
  readonly canContinue: boolean | null;
}

/** Decodes bytes as they were read, piece by piece, each in memory that is used again. */
function decode(pieces: readonly Buffer[], { isHeadRequest = false, isClosed = false } = {}): Decoded {
  let decoded: Decoded = { status: 0, headers: {}, body: '', canContinue: null };
  const bodies: Buffer[] = [];
  const decoder = new ResponseDecoder({
    onHead: (status, headers) => (decoded = { ...decoded, status, headers: { ...headers } }),
    onBody: (bytes) => bodies.push(Buffer.from(bytes)),
    onEnd: (canContinue) => (decoded = { ...decoded, canContinue }),
  });
  decoder.expect(isHeadRequest);
  const memory = Buffer.alloc(Math.max(1, ...pieces.map(({ length }) => length)));
  for (const piece of pieces) {
    memory.fill('?');
    piece.copy(memory);
    decoder.push(memory.subarray(0, piece.length));
  }
  if (isClosed) decoder.close();
  return { ...decoded, body: Buffer.concat(bodies).toString('utf8') };
}

const response = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));
const STREAM = ['HTTP/1.1 200 OK', 'Content-Type: text/event-stream', 'Transfer-Encoding: chunked', ''];

describe('a response', () => {
  it('has the body that its length says', () =>
    expect(decode([response('HTTP/1.1 200 OK', 'Content-Length: 5', '', 'hello')])).toEqual({
      status: 200,
      headers: { 'content-length': '5' },
      body: 'hello',
      canContinue: true,
    }));

  it('has the body of its chunks, extensions and trailers left out', () => {
    const chunks = ['5;name="a;b"', 'hello', '7', ', world', '0', 'x-sum: 1', '', ''];
    expect(decode([response(...STREAM, ...chunks)])).toMatchObject({ body: 'hello, world', canContinue: true });
  });

  it.each([['204 No Content'], ['304 Not Modified']])('has no body after %s', (status) =>
    expect(decode([response(`HTTP/1.1 ${status}`, '', '')])).toMatchObject({ body: '', canContinue: true }),
  );

  it('has no body where only the head was asked for', () =>
    expect(decode([response('HTTP/1.1 200 OK', 'content-length: 5', '', '')], { isHeadRequest: true })).toMatchObject({
      canContinue: true,
    }));

  it('goes on to the end of the connection where nothing says how long it is', () => {
    const open = [response('HTTP/1.1 200 OK', '', 'all that'), Buffer.from(' follows')];
    expect(decode(open)).toMatchObject({ body: 'all that follows', canContinue: null });
    expect(decode(open, { isClosed: true })).toMatchObject({ body: 'all that follows', canContinue: false });
  });

  it('comes after interim ones', () =>
    expect(decode([response('HTTP/1.1 100 Continue', '', 'HTTP/1.1 200 OK', 'content-length: 0', '', '')]).status).toBe(200));

  it.each([
    ['the server closes after it', response('HTTP/1.1 200 OK', 'connection: close', 'content-length: 2', '', 'ok')],
    ['it is of HTTP/1.0', response('HTTP/1.0 200 OK', 'content-length: 2', '', 'ok')],
    ['something follows that nobody asked for', response('HTTP/1.1 200 OK', 'content-length: 2', '', 'okHTTP/1.1 200 OK')],
  ])('ends the connection where %s', (_why, bytes) => expect(decode([bytes])).toMatchObject({ body: 'ok', canContinue: false }));

  it('has the values of a field that is sent twice in a row', () =>
    expect(decode([response('HTTP/1.1 204 X', 'Via: a', 'via: b', '', '')]).headers).toEqual({ via: 'a, b' }));

  it.each([
    ['another protocol', response('SSH-2.0-OpenSSH_9.2', '', '')],
    ['a change of protocol', response('HTTP/1.1 101 Switching Protocols', '', '')],
    ['a length that is no number', response('HTTP/1.1 200 OK', 'content-length: 5, 5', '', 'hello')],
    ['a negative length', response('HTTP/1.1 200 OK', 'content-length: -1', '', '')],
    ['a coding that nobody asked for', response('HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked', '', '')],
    ['a chunk without a size', response(...STREAM, 'hello')],
    ['a size that goes on as something else', response(...STREAM, '5hello', 'hello', '')],
    ['a chunk that is longer than its size', response(...STREAM, '2', 'hello', '')],
    ['a chunk of more than any memory', response(...STREAM, 'fffffffffffff', '')],
    ['a line of the head that is no field', response('HTTP/1.1 200 OK', 'no field', '', '')],
    ['a head without end', Buffer.alloc(65 * 1024, 'HTTP/1.1 200 OK\r\nx: y\r\n')],
    ['a chunk extension without end', Buffer.concat([response(...STREAM, '5;'), Buffer.alloc(65 * 1024, 'x')])],
    ['trailers without end', Buffer.concat([response(...STREAM, '0', ''), Buffer.alloc(160 * 1024, 'x: y\r\n')])],
  ])('is refused for %s', (_what, bytes) => expect(() => decode([bytes])).toThrow(MalformedResponseError));

  it('is the same however it is cut', () => {
    const bodies = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { maxLength: 12 });
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    fc.assert(
      fc.property(bodies, cuts, fc.constantFrom('chunked' as const, 'length' as const, 'close' as const), (parts, places, kind) => {
        const text = parts.join('');
        const bytes = Buffer.from(text);
        const chunks = parts.map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`).join('');
        const whole = {
          chunked: response(...STREAM, `${chunks}0\r\n\r\n`),
          length: Buffer.concat([response('HTTP/1.1 200 OK', `Content-Length: ${bytes.length}`, '', ''), bytes]),
          close: Buffer.concat([response('HTTP/1.1 200 OK', '', ''), bytes]),
        }[kind];
        const ends = [...new Set([...places.filter((place) => place < whole.length), whole.length])].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
        expect(decode(pieces, { isClosed: true })).toEqual({ ...decode([whole], { isClosed: true }), body: text });
      }),
      { numRuns: 1000 },
    );
  });

  it('is read, waited for or refused, whatever bytes come', () => {
    const framed = fc
      .array(
        fc.constantFrom('HTTP/1.1 200 OK', '\r\n', 'transfer-encoding: chunked', 'content-length: 3', '3', 'abc', '0', ';', 'x', '\n'),
        {
          maxLength: 30,
        },
      )
      .map((parts) => Buffer.from(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(framed, fc.uint8Array({ maxLength: 200 }).map(Buffer.from)), (bytes) => {
        try {
          decode([bytes]);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedResponseError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
