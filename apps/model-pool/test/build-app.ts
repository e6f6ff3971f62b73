import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const BUILDS = join(ROOT, 'dist/e2e');

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/**
 * Builds an app to be run as a process, until the tests of this file are over: anew, so that a test never runs yesterday's code, and in a folder
 * of its own, as another file may build at the moment at which a process of this one starts.
 * @returns the program
 */
export function buildApp(app: 'api-gateway' | 'model-pool'): string {
  mkdirSync(BUILDS, { recursive: true });
  const folder = mkdtempSync(join(BUILDS, `${app}-`));
  folders.push(folder);
  const swc = join(ROOT, 'node_modules/@swc/cli/bin/swc.js');
  const { status, stderr } = spawnSync(process.execPath, [swc, `apps/${app}/src`, 'libs', '-d', folder, '--only', '**/*.ts', '--quiet'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${app} could not be built: ${stderr}`);
  return join(folder, 'apps', app, 'src/main.js');
}
