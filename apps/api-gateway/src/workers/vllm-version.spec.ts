import { isTooOldForTokenIds } from './vllm-version';

describe("the version of a worker's server", () => {
  it.each([
    ['{"version":"0.10.1.1"}', true],
    ['{"version": "0.9.2+cpu"}', true],
    ['{"version":"0.8.5.post1"}', true],
    ['{"version":"0.10.2"}', false],
    ['{"version":"0.32.0"}', false],
    ['{"version":"1.0.0"}', false],
    ['{"version":"0.1.0","engine":"llama-worker"}', false],
    ['Not Found', false],
    ['', false],
  ])('%s is too old to give token ids: %s', (answer, isTooOld) => {
    expect(isTooOldForTokenIds(answer)).toBe(isTooOld);
  });
});
