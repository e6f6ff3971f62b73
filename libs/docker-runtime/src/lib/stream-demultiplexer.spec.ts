import fc from 'fast-check';
import { StreamDemultiplexer } from './stream-demultiplexer';

function multiplexed(pieces: readonly { readonly stream: number; readonly bytes: Uint8Array }[]): Uint8Array {
  return Uint8Array.from(
    pieces.flatMap(({ stream, bytes }) => {
      const header = new Uint8Array(8);
      header[0] = stream;
      new DataView(header.buffer).setUint32(4, bytes.length);
      return [...header, ...bytes];
    }),
  );
}

describe('stream demultiplexer', () => {
  it('separates the streams alike wherever the connection was split', () => {
    const piece = fc.record({ stream: fc.constantFrom(1, 2), bytes: fc.uint8Array({ maxLength: 20 }) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.integer({ min: 1, max: 12 }), (pieces, chunkSize) => {
        const seen = { 1: [] as number[], 2: [] as number[] };
        const demultiplexer = new StreamDemultiplexer(
          (bytes) => seen[1].push(...bytes),
          (bytes) => seen[2].push(...bytes),
        );
        const whole = multiplexed(pieces);
        for (let offset = 0; offset < whole.length; offset += chunkSize) demultiplexer.push(whole.subarray(offset, offset + chunkSize));
        for (const stream of [1, 2] as const) {
          expect(seen[stream]).toEqual(pieces.filter((each) => each.stream === stream).flatMap(({ bytes }) => [...bytes]));
        }
      }),
    );
  });
});
