/** Real checkpoints, made and read by torch: tools/ci/publish-model.mjs runs this, in an environment that has it. */
module.exports = {
  ...require('../jest.preset.cjs')(__dirname, 'live'),
  testMatch: ['<rootDir>/publish-model/test/*.live.spec.ts'],
  testTimeout: 300_000,
};
