import { Readable } from 'node:stream';
import fc from 'fast-check';
import { readDataFrames } from './data-frames';

async function framesOf(bytes: Iterable<Buffer>): Promise<string[]> {
  const frames = [];
  for await (const frame of readDataFrames(Readable.from(bytes) as AsyncIterable<Buffer>)) frames.push(frame);
  return frames;
}

/** A line of a stream and the payload that it holds, if any. */
const LINE = fc.oneof(
  fc.jsonValue().map((value) => ({ line: `data: ${JSON.stringify(value)}`, payload: JSON.stringify(value) })),
  fc.constantFrom(
    { line: 'data:{"no":"blank"}', payload: '{"no":"blank"}' },
    { line: 'data: [DONE]', payload: '[DONE]' },
    { line: 'data: ', payload: '' },
    { line: ': ping', payload: null },
    { line: 'event: error', payload: null },
    { line: 'datum: x', payload: null },
    { line: '', payload: null },
  ),
);

describe("a worker's stream of data frames", () => {
  it('gives the same payloads wherever its bytes are cut, with either end of line', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(LINE), fc.constantFrom('\n', '\r\n'), cuts, async (lines, end, sizes) => {
        const bytes = Buffer.from(lines.map(({ line }) => line + end).join(''));
        const parts: Buffer[] = [];
        for (let at = 0, index = 0; at < bytes.length; index += 1) {
          const size = sizes[index % sizes.length] ?? 1;
          parts.push(bytes.subarray(at, at + size));
          at += size;
        }

        expect(await framesOf(parts)).toEqual(lines.flatMap(({ payload }) => (payload === null ? [] : [payload])));
      }),
    );
  });

  it('gives a character back that is cut at each of its bytes', async () => {
    const bytes = Buffer.from('data: {"text":"naïve 😀"}\r\n\r\n');

    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(await framesOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(['{"text":"naïve 😀"}']);
    }
  });

  it('leaves out a line that the end of the stream cut short', async () => {
    expect(await framesOf([Buffer.from('data: 1\n\ndata: {"tex')])).toEqual(['1']);
  });

  it('takes no frame without end', async () => {
    const parts = Array.from({ length: 17 }, () => Buffer.alloc(1024 * 1024, 'x'));

    await expect(framesOf(parts)).rejects.toMatchObject({ code: 'worker_lost' });
  });
});
