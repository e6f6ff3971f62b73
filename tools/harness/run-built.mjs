// Builds the repository and runs one of its TypeScript tools in this process, so that Ctrl-C reaches the tool and nothing in between. `--no-build` runs what is there.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** @param {string} script compiled, relative to the repository */
export async function runBuilt(script) {
  const isBuilt =
    process.argv.includes('--no-build') ||
    spawnSync(process.execPath, [join(root, 'tools/build/build.mjs')], { stdio: 'inherit' }).status === 0;
  if (!isBuilt) process.exit(1);
  process.argv = process.argv.filter((argument) => argument !== '--no-build');
  await import(pathToFileURL(join(root, script)).href);
}
