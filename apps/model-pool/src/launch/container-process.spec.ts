import { howItEnded } from './container-process';

const ended = (exitCode: number, ranOutOfMemory = false) =>
  howItEnded({ status: 'ended', labels: {}, startedAt: '', exitCode, ranOutOfMemory });

describe('how a container ended', () => {
  it.each([
    [0, { code: 0, signal: null }],
    [2, { code: 2, signal: null }],
    [137, { code: null, signal: 'SIGKILL' }],
    [139, { code: null, signal: 'SIGSEGV' }],
    [143, { code: null, signal: 'SIGTERM' }],
    [255, { code: 255, signal: null }],
  ])('with exit code %d', (exitCode, end) => {
    expect(ended(exitCode)).toEqual({ ...end, ranOutOfMemory: false });
  });

  it('for want of memory', () => {
    expect(ended(137, true)).toEqual({ code: null, signal: 'SIGKILL', ranOutOfMemory: true });
  });
});
