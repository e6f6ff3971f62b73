// Unit and e2e tests on another major version of Node: `node tools/ci/other-node.mjs 24`.
// Node comes from the npm package that holds the binary of one platform, which needs no install script.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT, scratchFolder } from './repository.mjs';
import { runProgram } from './run-program.mjs';

const MINUTES = 8;

const [, , major] = process.argv;
if (!/^\d+$/.test(major ?? '')) throw new Error('Usage: node tools/ci/other-node.mjs MAJOR');

const platform = `node-${process.platform}-${process.arch}`;
const folder = scratchFolder(`node-${major}`);
const bin = join(folder, 'node_modules', platform, 'bin');
if (!existsSync(join(bin, 'node'))) {
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-save', '--loglevel=error', `${platform}@${major}`];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

const node = join(bin, 'node');
console.log(`Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
const { status } = await runProgram(node, ['tools/ci/test.mjs', '--only', 'unit,e2e'], { cwd: ROOT, env, timeoutMs: MINUTES * 60_000 });
process.exitCode = status === 0 ? 0 : 1;
