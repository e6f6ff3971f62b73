import { TokenPace } from './token-pace';
import type { Pace } from './token-pace';

const never = new AbortController().signal;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the pace of tokens', () => {
  let startMs: number;

  beforeEach(() => {
    jest.useFakeTimers();
    // On a beat of twenty milliseconds.
    jest.advanceTimersByTime(20 - (performance.now() % 20));
    startMs = performance.now();
  });
  afterEach(() => jest.useRealTimers());

  async function play(pace: Pace, tokens: number, beginAfterMs = 0, stopsAt: number | null = null): Promise<number[]> {
    const seen: number[] = [];
    if (beginAfterMs > 0) await sleep(beginAfterMs);
    const own = new TokenPace(pace);
    for (let token = 1; token <= tokens; token += 1) {
      await own.next(1, never);
      seen.push(Math.round(performance.now() - startMs));
      if (token === stopsAt) await sleep(25);
    }
    return seen;
  }

  it('has no drift: what could not leave in time leaves at once, and the rest at its time', async () => {
    const seen = play({ delayMsPerToken: 10, isInStep: false }, 6, 3, 2);
    await jest.advanceTimersByTimeAsync(100);
    // A turn of the event loop is a millisecond of this clock.
    expect(await seen).toEqual([13, 23, 49, 50, 53, 63]);
  });

  it('is the own one of each answer, or one for all', async () => {
    const own = [3, 8].map((beginAfterMs) => play({ delayMsPerToken: 20, isInStep: false }, 2, beginAfterMs));
    const inStep = [3, 8].map((beginAfterMs) => play({ delayMsPerToken: 20, isInStep: true }, 2, beginAfterMs));
    await jest.advanceTimersByTimeAsync(100);
    expect(await Promise.all(own)).toEqual([
      [23, 43],
      [28, 48],
    ]);
    expect(await Promise.all(inStep)).toEqual([
      [40, 60],
      [40, 60],
    ]);
  });
});
