import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { selectedEnvironment } from '@interleave/settings';

/** Whether a command's first word can be run. */
export function isProgram(word: string): boolean {
  return findProgram(word) !== null;
}

/** The file that a command's first word runs, looked for as a shell does; null where there is none. */
export function findProgram(word: string): string | null {
  if (word === '') return null;
  const candidates = word.includes('/') ? [resolve(word)] : inPath(word);
  return candidates.find(isExecutable) ?? null;
}

function inPath(word: string): string[] {
  const { PATH = '' } = selectedEnvironment((name) => name === 'PATH');
  return PATH.split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, word));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (_notThere) {
    return false;
  }
}
