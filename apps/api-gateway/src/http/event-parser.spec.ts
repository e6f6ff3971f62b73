import fc from 'fast-check';
import { EventParser } from './event-parser';

const parser = (): EventParser => new EventParser(100, () => new Error('without end'));

describe('events of a stream', () => {
  it('carry the name that stands before them, up to the next empty line, wherever the bytes are cut', () => {
    const bytes = Buffer.from('event: stdout\r\ndata: {"text":"naïve 😀"}\r\n\r\n: ping\n\ndata: plain\n\nevent:result\ndata:{}\n\n');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        const reading = parser();
        const events = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          events.push(...reading.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(events).toEqual([
          { name: 'stdout', data: '{"text":"naïve 😀"}' },
          { name: '', data: 'plain' },
          { name: 'result', data: '{}' },
        ]);
      }),
    );
  });

  it('end with the error of whoever reads, when a line has no end', () => {
    const reading = parser();
    reading.push(Buffer.alloc(100, 'x'));
    expect(() => reading.push(Buffer.from('x'))).toThrow('without end');
  });
});
