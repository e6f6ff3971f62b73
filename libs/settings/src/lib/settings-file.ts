import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { AppError } from '@interleave/kernel';

/** Values of a `.env`-style file by environment name; a missing default file is no file. */
export function readSettingsFile(path: string, options: { readonly isRequired: boolean }): Record<string, string> {
  if (!existsSync(path)) {
    if (options.isRequired) throw new AppError('invalid_settings', `The settings file ${path} does not exist.`);
    return {};
  }
  return parseEnv(readFileSync(path, 'utf8')) as Record<string, string>;
}
