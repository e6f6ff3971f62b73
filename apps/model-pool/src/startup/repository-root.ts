import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds models/ and dist/, found from where this file is: in the sources as in dist. */
export function repositoryRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
