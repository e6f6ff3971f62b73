/** One preset for every project: swc transpiles, aliases come from the workspace, one kind of test per config. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const { exclude: _exclude, sourceMaps: _sourceMaps, jsc, ...swc } = JSON.parse(readFileSync(join(__dirname, '.swcrc'), 'utf8'));
const { baseUrl: _baseUrl, paths: _paths, ...compiler } = jsc;

/** Jest takes this from the configuration that it is started with: the root's as well as a project's must say it. */
const TEST_TIMEOUT_MS = { unit: 5_000, e2e: 30_000, live: 120_000, faults: 120_000 };

/** @param {string} projectRoot absolute folder of the project @param {'unit' | 'e2e' | 'live' | 'faults'} kind */
module.exports = function preset(projectRoot, kind = 'unit') {
  const testMatch = {
    unit: ['<rootDir>/**/*.spec.ts', '!**/*.e2e.spec.ts', '!**/*.live.spec.ts', '!**/*.faults.spec.ts'],
    e2e: ['<rootDir>/test/**/*.e2e.spec.ts'],
    live: ['<rootDir>/test/**/*.live.spec.ts'],
    faults: ['<rootDir>/test/**/*.faults.spec.ts'],
  }[kind];
  return {
    displayName: `${projectRoot.slice(__dirname.length + 1)}${kind === 'unit' ? '' : `:${kind}`}`,
    rootDir: projectRoot,
    testEnvironment: 'node',
    testMatch,
    testTimeout: TEST_TIMEOUT_MS[kind],
    transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false, sourceMaps: 'inline', jsc: compiler }] },
    moduleNameMapper: { '^@interleave/(.*)$': join(__dirname, 'libs/$1/src/index.ts') },
    setupFiles: [require.resolve('reflect-metadata')],
  };
};
module.exports.TEST_TIMEOUT_MS = TEST_TIMEOUT_MS;
