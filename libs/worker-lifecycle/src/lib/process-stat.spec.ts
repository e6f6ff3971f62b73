import fc from 'fast-check';
import { parseProcessStat } from './process-stat';

const line = (name: string): string =>
  `4242 (${name}) S 1 4242 4242 0 -1 4194560 100 0 0 0 5 3 0 0 20 0 11 0 987654 1000000 5000 18446744073709551615 1 1 0`;

describe('a line of the process table', () => {
  it('is read whatever the process calls itself', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(parseProcessStat(line(name))).toEqual({ pid: 4242, state: 'S', processGroup: 4242, startTicks: '987654' });
      }),
    );
  });

  it('is nothing when it is cut', () => {
    expect(parseProcessStat('')).toBeNull();
    expect(parseProcessStat('4242 (node) S 1')).toBeNull();
  });
});
