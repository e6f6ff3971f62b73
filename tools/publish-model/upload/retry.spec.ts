import { isRetriedStatus, retryAfterMs, retryDelayMs } from './retry';

const policy = { attempts: 8, firstDelayMs: 1000 };

describe('trying again', () => {
  it('waits twice as long every time, up to a minute', () => {
    expect([1, 2, 3, 20].map((attempt) => retryDelayMs(attempt, null, policy, 1))).toEqual([1000, 2000, 4000, 60_000]);
  });

  it('waits at least as long as the server asks, and no hour', () => {
    expect(retryDelayMs(1, 5000, policy, 1)).toBe(5000);
    expect(retryDelayMs(1, 3_600_000, policy, 1)).toBe(60_000);
    expect(retryAfterMs(new Headers({ 'retry-after': '7' }))).toBe(7000);
    expect(retryAfterMs(new Headers())).toBeNull();
  });

  it('is for what passes', () => {
    expect([429, 500, 503].every(isRetriedStatus)).toBe(true);
    expect([200, 400, 401, 403, 404, 413, 507].some(isRetriedStatus)).toBe(false);
  });
});
