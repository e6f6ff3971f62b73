import { readFileSync } from 'node:fs';
import { AppError } from '@interleave/kernel';
import { environmentNameOf } from './parameter';
import type { ParameterDefinition } from './parameter';

type Variables = Readonly<Record<string, string | undefined>>;

/** `SERVICE_TOKEN` → `SERVICE_TOKEN_FILE`: where a secret comes from a file, as container engines hand them out. */
export function secretFileNameOf(name: string): string {
  return `${environmentNameOf(name)}_FILE`;
}

/**
 * The text of a parameter in one source. A secret that is not set there may be in a file that the source names; an empty one is not set.
 * @throws AppError `invalid_settings` when that file can't be read or holds nothing
 */
export function textIn(source: Variables | undefined, { name, isSecret }: ParameterDefinition): string | undefined {
  const text = source?.[environmentNameOf(name)];
  if (!isSecret || text) return text;
  const path = source?.[secretFileNameOf(name)];
  return path ? readSecret(path, secretFileNameOf(name)) : undefined;
}

function readSecret(path: string, variable: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new AppError('invalid_settings', `${variable} is ${path}, which can't be read: name a file that holds the secret.`, {
      cause: error,
    });
  }
  if (text === '') throw new AppError('invalid_settings', `${variable} is ${path}, which holds nothing: put the secret into it.`);
  return text;
}
