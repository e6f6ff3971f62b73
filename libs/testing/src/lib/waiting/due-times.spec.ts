import { DueTimes } from './due-times';

const never = new AbortController().signal;

describe('due times', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('come when they are due, whatever the order of asking', async () => {
    const times = new DueTimes();
    const startMs = performance.now();
    const seen: [number, number][] = [];
    for (const afterMs of [30, 5, 20, 5, -3])
      void times.until(startMs + afterMs, never).then(() => seen.push([afterMs, Math.round(performance.now() - startMs)]));
    await jest.advanceTimersByTimeAsync(29);
    expect(seen).toEqual([
      [-3, 0],
      [5, 5],
      [5, 5],
      [20, 20],
    ]);
    await jest.advanceTimersByTimeAsync(1);
    expect(seen.at(-1)).toEqual([30, 30]);
  });

  it('are given up with the signal, and the others are kept', async () => {
    const times = new DueTimes();
    const abort = new AbortController();
    const startMs = performance.now();
    const givenUp = [times.until(startMs + 5, abort.signal), times.until(startMs + 60_000, abort.signal)];
    const kept = times.until(startMs + 10, never);
    abort.abort();
    expect(await Promise.all(givenUp)).toEqual([false, false]);
    await jest.advanceTimersByTimeAsync(10);
    expect(await kept).toBe(true);
    expect(await times.until(startMs, abort.signal)).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
