import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '@interleave/kernel';

const BUILT_PROGRAM = 'apps/tool-server/src/wasm/child/main.js';
const SESSION_MODULE = 'apps/tool-server/src/wasm/python/wasm_session.py';
const SUPERVISOR_FOLDER = 'docker/sandbox/supervisor';

export interface ChildProgram {
  readonly main: string;
  /** All that it may read, besides Pyodide. */
  readonly folders: readonly string[];
  /** Python modules by file name: the session, and what it shares with the one in the containers. */
  readonly sources: Readonly<Record<string, string>>;
}

/**
 * Finds the compiled program of the child and its Python, from here upwards: this file may be the source or what was built from it.
 * @throws AppError `sandbox_unavailable`
 */
export function findChildProgram(from: string = __dirname): ChildProgram {
  const built = findUpwards(from, BUILT_PROGRAM) ?? findUpwards(from, join('dist', BUILT_PROGRAM));
  const session = findUpwards(from, SESSION_MODULE);
  const supervisor = findUpwards(from, SUPERVISOR_FOLDER);
  if (!built || !session || !supervisor) {
    throw new AppError(
      'sandbox_unavailable',
      'The program of the WebAssembly sandbox was not found: run `npm run build` in the repository.',
    );
  }
  const main = realpathSync(built);
  const root = join(dirname(main), '../../../../..');
  const names = readdirSync(supervisor).filter((name) => name.endsWith('.py'));
  return {
    main,
    folders: [dirname(main), join(root, 'apps/tool-server/src/wasm'), join(root, 'libs/sandbox'), join(root, 'libs/kernel')],
    sources: {
      ...Object.fromEntries(names.map((name) => [name, readFileSync(join(supervisor, name), 'utf8')])),
      'wasm_session.py': readFileSync(session, 'utf8'),
    },
  };
}

function findUpwards(from: string, path: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, path))) return join(folder, path);
    if (folder === dirname(folder)) return null;
  }
}
