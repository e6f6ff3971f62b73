import fc from 'fast-check';
import { PullTally } from './pull-tally';

describe('the tally of a pull', () => {
  it('adds up the layers, and counts what is unpacked as received', () => {
    const tally = new PullTally();
    tally.add({ status: 'Pulling from vllm/vllm-openai', id: 'v0.32.0' });
    tally.add({ id: 'a', status: 'Downloading', progressDetail: { current: 10, total: 100 } });
    tally.add({ id: 'b', status: 'Downloading', progressDetail: { current: 5, total: 50 } });
    expect(tally.progress).toEqual({ receivedBytes: 15, totalBytes: 150 });

    tally.add({ id: 'a', status: 'Download complete' });
    tally.add({ id: 'a', status: 'Extracting', progressDetail: { current: 1, total: 100 } });

    expect(tally.progress).toEqual({ receivedBytes: 105, totalBytes: 150 });
  });

  it('never has more received than there is, whatever the engine says', () => {
    const step = fc.record(
      {
        id: fc.constantFrom('a', 'b', 'c'),
        status: fc.constantFrom('Downloading', 'Download complete', 'Extracting', 'Pull complete', 'Waiting'),
        progressDetail: fc.record({ current: fc.nat(), total: fc.nat() }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const tally = new PullTally();
        for (const one of steps) tally.add(one);
        expect(tally.progress.receivedBytes).toBeLessThanOrEqual(tally.progress.totalBytes);
      }),
    );
  });
});
