/** Every app through HTTP, its neighbours replaced by fakes. Per app: `nx e2e <app>`. */
const { TEST_TIMEOUT_MS } = require('./jest.preset.cjs');

module.exports = { projects: ['<rootDir>/apps/*/jest.config.e2e.cjs'], testTimeout: TEST_TIMEOUT_MS.e2e };
