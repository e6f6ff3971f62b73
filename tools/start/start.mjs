// `npm start`: with nothing but Node and a Docker engine, installs, builds and starts everything.
// This file uses only what Node brings; the rest (tools/start/src) is built first and then shares the apps' own settings.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const stateFolder = join(root, '.interleave');
const OLDEST_NODE = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(`Interleave needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org.`);
}

mkdirSync(stateFolder, { recursive: true });
step('Installing packages', 'installed', [join(root, 'package-lock.json')], join(root, 'node_modules/@nestjs/core'), () =>
  spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  }),
);
step(
  'Building',
  'built',
  ['apps', 'libs', 'tools'].flatMap((folder) => sourcesIn(join(root, folder))),
  join(root, 'dist/tools/start/src/main.js'),
  () => spawnSync(process.execPath, [join(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' }),
);

createRequire(import.meta.url)(join(root, 'dist/tools/start/src/main.js'));

/** Does the work unless the same inputs were worked on before and the result is still there. */
function step(title, name, inputs, result, work) {
  const hash = createHash('sha256').update(process.versions.modules);
  for (const path of inputs) hash.update(path).update(readFileSync(path));
  const fingerprint = hash.digest('hex');
  const mark = join(stateFolder, `${name}.sha256`);
  if (existsSync(result) && existsSync(mark) && readFileSync(mark, 'utf8') === fingerprint) return;
  const startedAt = Date.now();
  process.stdout.write(`${title} … (once)\n`);
  const { status, error } = work();
  if (status !== 0) fail(`${title} failed${error ? `: ${error.message}` : ', see above'}.`);
  writeFileSync(mark, fingerprint);
  process.stdout.write(`${title}: done in ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
}

function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
