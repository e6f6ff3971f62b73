// Transpiles apps, libs and TypeScript tools into dist/ with swc (decorators and metadata included). Types are checked by `npm run typecheck`.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
for (const folder of ['apps', 'libs', 'tools']) rmSync(join(root, 'dist', folder), { recursive: true, force: true });
const swc = join(root, 'node_modules/@swc/cli/bin/swc.js');
const { status } = spawnSync(process.execPath, [swc, 'apps', 'libs', 'tools', '-d', 'dist', '--only', '**/*.ts', '--quiet'], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
