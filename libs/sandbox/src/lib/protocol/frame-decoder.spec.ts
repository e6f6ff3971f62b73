import fc from 'fast-check';
import { encodeFrame } from './encode-frame';
import { FrameDecoder } from './frame-decoder';

const anyFrame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  callId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  payload: fc.uint8Array({ maxLength: 40 }),
});

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('frame decoder', () => {
  it('finds the same frames wherever the stream is split', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.array(fc.nat(300), { maxLength: 8 }), (frames, cuts) => {
        const bytes = concat(frames.map(encodeFrame));
        const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((one, other) => one - other), bytes.length];
        const decoder = new FrameDecoder();
        const seen = edges.slice(1).flatMap((end, index) => decoder.push(bytes.subarray(edges[index], end)));
        expect(seen).toEqual(frames);
      }),
    );
  });

  it('finds the same frames when they come byte by byte', () => {
    const frames = [
      { type: 0x83, callId: 7, payload: Uint8Array.of(1, 2, 3) },
      { type: 0x87, callId: 7, payload: new Uint8Array(0) },
    ];
    const decoder = new FrameDecoder();
    expect([...concat(frames.map(encodeFrame))].flatMap((byte) => decoder.push(Uint8Array.of(byte)))).toEqual(frames);
  });

  it('refuses a frame that announces more than the limit before any of it has come', () => {
    const decoder = new FrameDecoder(100);
    expect(() => decoder.push(encodeFrame({ type: 1, callId: 1, payload: new Uint8Array(101) }).subarray(0, 9))).toThrow('101 bytes');
  });
});
