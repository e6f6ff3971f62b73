import fc from 'fast-check';
import { OutputLog } from './output-log';

describe('output log', () => {
  it('decodes a stream alike however it was cut into pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat(60), { maxLength: 6 }), (bytes, cuts) => {
        const log = new OutputLog(1000);
        const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((one, other) => one - other), bytes.length];
        edges.slice(1).forEach((end, index) => log.append('stdout', bytes.subarray(edges[index], end)));
        expect(log.text('stdout')).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
        expect(log.interleaved()).toBe(log.text('stdout'));
      }),
    );
  });
});
