/** Real Docker and real engines. Per app: `nx live <app>`. */
const { TEST_TIMEOUT_MS } = require('./jest.preset.cjs');

module.exports = { projects: ['<rootDir>/apps/*/jest.config.live.cjs'], testTimeout: TEST_TIMEOUT_MS.live };
