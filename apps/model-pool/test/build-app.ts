import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const BUILDS = join(ROOT, 'dist/e2e');

/**
 * An app to be run as a process: built anew, so that a test never runs yesterday's code, and in a folder of its own until the tests of this file
 * are over, as another file may build at the moment at which a process of this one starts.
 */
export class BuiltApp {
  private folder: string | null = null;

  constructor(private readonly app: 'api-gateway' | 'model-pool') {
    afterAll(() => {
      if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
    });
  }

  build(): void {
    mkdirSync(BUILDS, { recursive: true });
    this.folder ??= mkdtempSync(join(BUILDS, `${this.app}-`));
    const swc = join(ROOT, 'node_modules/@swc/cli/bin/swc.js');
    const words = [swc, `apps/${this.app}/src`, 'libs', '-d', this.folder, '--only', '**/*.ts', '--quiet'];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${this.app} could not be built: ${stderr}`);
  }

  /** To be run by Node. */
  get program(): string {
    if (this.folder === null) throw new Error(`${this.app} must be built first.`);
    return join(this.folder, 'apps', this.app, 'src/main.js');
  }
}
