const MINUTE_MS = 60_000;

/**
 * A stage of `npm test`: one check as a whole, or a jest configuration whose tests are counted.
 * @typedef {{ name: string, program: string, args: string[], timeoutMs: number, isJest: boolean }} Stage
 */

/** In the order in which they run: what is quick and what the others build on comes first. @type {readonly Stage[]} */
export const STAGES = [
  check('typecheck', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']),
  check('lint', ['tools/ci/lint.mjs']),
  check('build', ['tools/build/build.mjs']),
  jestStage('unit', 'jest.config.cjs', '--maxWorkers=2'),
  // More than there are cores: they wait for processes most of the time.
  jestStage('e2e', 'jest.config.e2e.cjs', '--maxWorkers=3'),
  // Real containers and engines measure time and memory: one file after another. What must not be left behind (containers, processes)
  // the specs assert themselves; a connection that an engine keeps open is not to hang the run.
  jestStage('live', 'jest.config.live.cjs', '--runInBand', '--forceExit'),
];

/** `--only unit,e2e` chooses; nothing chosen means all. @param {readonly string[]} argv @returns {readonly Stage[]} */
export function chosenStages(argv) {
  if (argv.length === 0) return STAGES;
  const [flag, value] = argv[0].includes('=') ? argv[0].split('=') : argv;
  const names = (value ?? '').split(',').map((name) => name.trim());
  const known = STAGES.map(({ name }) => name);
  if (flag !== '--only' || names.some((name) => !known.includes(name))) {
    throw new Error(`Usage: npm test [-- --only ${known.join(',')}]`);
  }
  return STAGES.filter(({ name }) => names.includes(name));
}

function check(name, args) {
  return { name, program: process.execPath, args, timeoutMs: 5 * MINUTE_MS, isJest: false };
}

/** Specs that are counted. @param {string} name @param {string} config @param {...string} args @returns {Stage} */
export function jestStage(name, config, ...args) {
  return {
    name,
    program: process.execPath,
    args: ['node_modules/jest/bin/jest.js', '-c', config, ...args],
    timeoutMs: 10 * MINUTE_MS,
    isJest: true,
  };
}
