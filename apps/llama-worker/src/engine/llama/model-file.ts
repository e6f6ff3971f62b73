import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@interleave/kernel';

const PART = /-(\d{5})-of-(\d{5})\.gguf$/;

/**
 * The GGUF file that MODEL_PATH means: the file itself, or the only one in the folder (of a model in parts: the first part).
 * @throws AppError `not_found`, a sentence that says what to set
 */
export function resolveModelFile(modelPath: string): string {
  const stats = statSync(modelPath, { throwIfNoEntry: false });
  if (stats === undefined) throw wrong(`MODEL_PATH is ${modelPath}, which does not exist`);
  if (stats.isFile()) {
    if (!modelPath.endsWith('.gguf')) throw wrong(`MODEL_PATH is ${modelPath}, which is not a .gguf file`);
    return modelPath;
  }
  const candidates = readdirSync(modelPath)
    .filter((name) => name.endsWith('.gguf') && (PART.exec(name)?.[1] ?? '00001') === '00001')
    .sort();
  const [only, ...others] = candidates;
  if (only === undefined) throw wrong(`MODEL_PATH is ${modelPath}, a folder without a .gguf file`);
  if (others.length > 0) throw wrong(`MODEL_PATH is ${modelPath}, a folder with several .gguf files (${candidates.join(', ')})`);
  return join(modelPath, only);
}

function wrong(what: string): AppError {
  return new AppError('not_found', `${what}: set it to a GGUF file, or to a folder that holds exactly one.`, { param: 'MODEL_PATH' });
}
