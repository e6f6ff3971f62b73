import type { StreamTimes } from './read-stream';
import { readingOf } from './reading-of';

const stream = (startMs: number, frameMs: readonly number[], endMs: number): StreamTimes => ({
  startMs,
  frameMs,
  endMs,
  text: '',
  tokens: frameMs.length,
});

it('the reading of streams is their tokens over their time, and the time between tokens', () => {
  const reading = readingOf([stream(0, [20, 40, 60], 60), stream(10, [30, 50, 80], 80)], ['one broke'], { allTokens: 9, cpuMs: 5 });
  expect(reading).toMatchObject({ streams: 2, tokens: 6, allTokens: 9, seconds: 0.08, cpuMs: 5, failures: ['one broke'] });
  // Six tokens in 130 ms of two streams that run side by side.
  expect(reading.tokensPerSecond).toBeCloseTo((6 * 2 * 1000) / 130);
  expect(reading.betweenTokens).toEqual({ p50: 20, p95: 30, p99: 30, mean: 22.5 });
  expect(reading.firstToken).toMatchObject({ p50: 20, mean: 20 });
});
