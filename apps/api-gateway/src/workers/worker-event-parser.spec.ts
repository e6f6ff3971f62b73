import fc from 'fast-check';
import { workerEventParser } from './worker-event-parser';

const framesOf = (pieces: readonly Buffer[]): string[] => {
  const parser = workerEventParser();
  return pieces.flatMap((piece) => parser.push(piece).map(({ data }) => data));
};

describe('frames of a stream', () => {
  it('are the same wherever the bytes are cut: in a character, a line end or a field name', () => {
    const payload = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text) && !text.startsWith(' '));
    const frame = fc.record({ payload, end: fc.constantFrom('\n\n', '\r\n\r\n'), hasSpace: fc.boolean(), comment: fc.boolean() });
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat()), (frames, cuts) => {
        const bytes = Buffer.from(
          frames
            .map(({ payload: text, end, hasSpace, comment }) => `${comment ? ': ping\n\n' : ''}data:${hasSpace ? ' ' : ''}${text}${end}`)
            .join(''),
        );
        const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(framesOf(pieces)).toEqual(frames.map(({ payload: text }) => text));
        expect(framesOf([...bytes].map((byte) => Buffer.of(byte)))).toEqual(frames.map(({ payload: text }) => text));
      }),
    );
  });

  it('leave out an end that is cut short', () => {
    expect(framesOf([Buffer.from('data: a\n\ndata: b')])).toEqual(['a']);
  });

  it('are given up when one has no end', () => {
    const parser = workerEventParser();
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const feed = (): void => {
      for (let count = 0; count < 20; count += 1) parser.push(piece);
    };
    expect(feed).toThrow('frame without end');
  });
});
