// Transpiles apps, libs and TypeScript tools into dist/ with swc (decorators and metadata included). Types are checked by `npm run typecheck`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folders = ['apps', 'libs', 'tools'];
// Built aside and then put in place: what runs from dist/ meanwhile never finds it half empty.
const fresh = join(root, 'dist', `.build-${process.pid}`);
const stale = join(root, 'dist', `.stale-${process.pid}`);

const swc = join(root, 'node_modules/@swc/cli/bin/swc.js');
const { status } = spawnSync(
  process.execPath,
  [swc, ...folders, '-d', fresh, '--only', '**/*.ts', '--ignore', '**/node_modules/**', '--quiet'],
  { cwd: root, stdio: 'inherit' },
);
if (status === 0) {
  mkdirSync(stale, { recursive: true });
  for (const folder of folders) {
    const place = join(root, 'dist', folder);
    if (existsSync(place)) renameSync(place, join(stale, folder));
    // An image is built from fewer sources than there are in the repository.
    if (existsSync(join(fresh, folder))) renameSync(join(fresh, folder), place);
  }
}
for (const folder of [fresh, stale]) rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
