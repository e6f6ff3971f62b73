import { describeDownload, DownloadMeter, formatBytes } from './download-progress';

describe('the progress of a download', () => {
  it('is its share, its rate and the time that is left', () => {
    const meter = new DownloadMeter(0, 10_000_000_000, 0);
    for (let second = 1; second <= 37; second += 1) meter.add(100_000_000, second * 1000);

    expect(describeDownload(meter.state(37_000))).toBe('37 % of 10.0 GB, 100 MB/s, 63 s left');
  });

  it('counts what was there, without a rate until there is one', () => {
    const meter = new DownloadMeter(500, 1000, 0);

    expect(describeDownload(meter.state(10))).toBe('50 % of 1.00 kB');
    meter.add(-500, 20);
    expect(describeDownload(meter.state(30))).toBe('0 % of 1.00 kB');
  });

  it('forgets how fast it once was', () => {
    const meter = new DownloadMeter(0, 1e9, 0);
    meter.add(1e8, 1_000);
    for (let second = 2; second < 60; second += 1) meter.add(1_000_000, second * 1000);

    expect(meter.state(59_000).bytesPerSecond).toBeCloseTo(1_000_000, -5);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [15_240_000_000, '15.2 GB'],
    [2e15, '2.00e+3 TB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
