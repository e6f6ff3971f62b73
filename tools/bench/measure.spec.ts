import { sample, summarise } from './measure';
import type { Load } from './measure';

const SHORT: Omit<Load, 'client'> = { clients: 2, seconds: 0.02, warmUpMs: 1 };

describe('a stretch of load', () => {
  it('counts what fails, keeps it out of the times, and goes on', async () => {
    let calls = 0;
    const call = (): Promise<void> => (++calls % 2 === 0 ? Promise.reject(new Error('an even call')) : new Promise(setImmediate));
    const found = summarise([await sample({ ...SHORT, isCountingFailures: true, client: () => Promise.resolve({ call }) })]);
    expect(found.failures).toBeGreaterThan(0);
    expect(found.firstFailures[0]).toBe('an even call');
    expect(found.count).toBeGreaterThan(0);
  });

  it('ends with the first failure unless failures are counted, and closes its clients', async () => {
    let closed = 0;
    const client = () => Promise.resolve({ call: () => Promise.reject(new Error('no')), close: () => Promise.resolve((closed += 1)) });
    await expect(sample({ ...SHORT, client })).rejects.toThrow('no');
    expect(closed).toBe(2);
  });

  it('gives up on a server that answers nothing any more', async () => {
    const client = () => Promise.resolve({ call: () => Promise.reject(new Error('gone')) });
    await expect(sample({ ...SHORT, seconds: 60, isCountingFailures: true, client })).rejects.toThrow('gone');
  });

  it('closes the clients that there are when one can not be made', async () => {
    let closed = 0;
    const client = (place: number) =>
      place === 0
        ? Promise.resolve({ call: () => Promise.resolve(), close: () => Promise.resolve((closed += 1)) })
        : Promise.reject(new Error('no place'));
    await expect(sample({ ...SHORT, client })).rejects.toThrow('no place');
    expect(closed).toBe(1);
  });

  it('takes of every figure the median of the rounds', () => {
    const round = (ms: number) => ({
      clients: 1,
      seconds: 1,
      times: Array.from({ length: 10 }, () => ms),
      parts: [],
      failures: [],
      cpu: null,
    });
    const found = summarise([round(1), round(100), round(2)]);
    expect(found).toMatchObject({ p50: 2, p99: 2, count: 30, rounds: 3, perSecond: 10 });
  });
});
