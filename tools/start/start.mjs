// `npm start`: with nothing but Node (and a Docker engine for a real sandbox) installs, builds and starts everything.
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
if (!isInstalled()) {
  step('Installing packages', () =>
    spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    }),
  );
}
const sources = fingerprintOf(['apps', 'libs', 'tools'].flatMap((folder) => sourcesIn(join(root, folder))));
const builtMark = join(stateFolder, 'built.sha256');
if (!existsSync(join(root, 'dist/tools/start/src/main.js')) || !existsSync(builtMark) || readFileSync(builtMark, 'utf8') !== sources) {
  step('Building', () => spawnSync(process.execPath, [join(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' }));
  writeFileSync(builtMark, sources);
}

createRequire(import.meta.url)(join(root, 'dist/tools/start/src/main.js'));

function step(title, work) {
  const startedAt = Date.now();
  process.stdout.write(`${title} … (once)\n`);
  const { status, error } = work();
  if (status !== 0) fail(`${title} failed${error ? `: ${error.message}` : ', see above'}.`);
  process.stdout.write(`✓ ${title}: ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
}

/** Whether node_modules holds what the lock file asks for; packages of other platforms aside. */
function isInstalled() {
  const installedPath = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const installed = packagesOf(installedPath);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function fingerprintOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(readFileSync(path));
  return hash.digest('hex');
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
