import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PyodidePackage {
  readonly folder: string;
  readonly version: string;
}

const NEEDED_FILES = ['pyodide.js', 'pyodide.asm.mjs', 'pyodide.asm.wasm', 'python_stdlib.zip', 'pyodide-lock.json'];

/** Where npm put Pyodide, an optional dependency; null where it is missing or not whole. */
export function findPyodide(): PyodidePackage | null {
  try {
    const manifest = createRequire(__filename).resolve('pyodide/package.json');
    const folder = realpathSync(dirname(manifest));
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return NEEDED_FILES.every((name) => existsSync(join(folder, name))) ? { folder, version } : null;
  } catch (_notInstalled) {
    return null;
  }
}
