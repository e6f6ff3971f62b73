// Builds the repository and runs the bench, which is TypeScript: dist/tools/bench/main.js. `--no-build` runs what is there.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const flags = process.argv.slice(2);
const run = (script, args = []) => spawnSync(process.execPath, [join(root, script), ...args], { stdio: 'inherit' }).status ?? 1;

const isBuilt = flags.includes('--no-build') || run('tools/build/build.mjs') === 0;
process.exit(
  isBuilt
    ? run(
        'dist/tools/bench/main.js',
        flags.filter((flag) => flag !== '--no-build'),
      )
    : 1,
);
