import { progressText } from './progress';
import { bytesText, durationText } from './quantities';
import { writing } from './file-trouble';

describe('what people read', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234_567, '1.23 MB'],
    [15_200_000_000, '15.2 GB'],
  ])('says %d bytes as %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it.each([
    [900, '1 s'],
    [95_000, '1 min 35 s'],
    [7_500_000, '2 h 5 min'],
  ])('says %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('counts what was there already as done, but not as fast', () => {
    const state = { doneBytes: 3e9, totalBytes: 4e9, skippedBytes: 2e9, elapsedMs: 10_000 };

    expect(progressText(state)).toBe('3.00 GB of 4.00 GB (75 %), 100 MB/s, 10 s left');
  });

  it('says no time left before anything has moved', () => {
    expect(progressText({ doneBytes: 0, totalBytes: 4e9, skippedBytes: 0, elapsedMs: 10 })).toBe('0 B of 4.00 GB (0 %)');
  });

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission is denied'],
  ])('says what to do about %s', async (code, sentence) => {
    await expect(writing('/out', () => Promise.reject(Object.assign(new Error('no'), { code })))).rejects.toThrow(
      `/out can't be written: ${sentence}`,
    );
  });
});
