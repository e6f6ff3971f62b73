import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { selectedEnvironment } from '@interleave/settings';

/** Whether a command's first word can be run: looked for as a shell does. */
export function isProgram(word: string): boolean {
  if (word === '') return false;
  if (word.includes('/')) return isExecutable(resolve(word));
  const { PATH = '' } = selectedEnvironment((name) => name === 'PATH');
  return PATH.split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, word)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (_notThere) {
    return false;
  }
}
