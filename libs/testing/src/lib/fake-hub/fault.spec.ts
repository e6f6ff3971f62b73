import { FaultQueue, parseFault } from './fault';

describe('faults of the fake hub', () => {
  it.each([
    ['put:429', { route: 'put', kind: 'status', status: 429, times: 1, skip: 0 }],
    ['put:500x3+2', { route: 'put', kind: 'status', status: 500, times: 3, skip: 2 }],
    ['put:break@0.4', { route: 'put', kind: 'break', fraction: 0.4, times: 1, skip: 0 }],
    ['cdn:corrupt', { route: 'cdn', kind: 'corrupt', times: 1, skip: 0 }],
    ['cdn:slow@1000x2', { route: 'cdn', kind: 'slow', bytesPerSecond: 1000, times: 2, skip: 0 }],
    ['commit:lose-answer', { route: 'commit', kind: 'lose-answer', times: 1, skip: 0 }],
  ])('are read from %s', (text, expected) => {
    expect(parseFault(text)).toEqual(expected);
  });

  it.each(['put', 'nowhere:500', 'put:break@4', 'put:500x'])('are refused when written as %s', (text) => {
    expect(() => parseFault(text)).toThrow('is no fault');
  });

  it('strike as often as they say, after those that go well', () => {
    const queue = new FaultQueue();
    queue.add(parseFault('put:500x2+1'));

    expect([1, 2, 3, 4].map(() => queue.next('put') !== null)).toEqual([false, true, true, false]);
    expect(queue.next('commit')).toBeNull();
  });
});
