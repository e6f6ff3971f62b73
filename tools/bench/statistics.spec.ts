import { median, quantile } from './statistics';

describe('the figures of a measurement', () => {
  it.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('takes a quantile from the values that there are', () => {
    const sorted = Array.from({ length: 100 }, (_, place) => place + 1);
    expect(quantile(sorted, 0.5)).toBe(51);
    expect(quantile(sorted, 0.99)).toBe(100);
    expect(quantile(sorted, 1)).toBe(100);
  });
});
