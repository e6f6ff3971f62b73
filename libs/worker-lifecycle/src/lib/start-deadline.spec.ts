import { startDeadlineMs } from './start-deadline';

describe('the time that a start may take', () => {
  it.each([
    [2_000_000, 600.04],
    [140_000_000_000, 3_400],
    [null, 7_800],
  ])('grows with the model: %j bytes, %d s', (modelBytes, seconds) => {
    expect(startDeadlineMs(modelBytes)).toBe(seconds * 1_000);
  });
});
