import { readFileSync } from 'node:fs';
import { AppError, toAppError } from '@interleave/kernel';
import type { ModelPoolSettings } from '@interleave/settings';
import { deploymentName } from '@interleave/worker-lifecycle';
import { parse } from 'yaml';
import { parseDeclaration } from './declaration';
import type { Declaration } from './declaration';

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * What is to be deployed: the list of the file that DEPLOYMENTS names, or the one model of flags and environment.
 * @throws AppError `invalid_settings`
 */
export function readDeclarations(settings: ModelPoolSettings): Declaration[] {
  if (settings.deployments) return readFile(settings.deployments);
  const isNone = settings.copies.max === 0;
  if (isNone && settings.externalWorkers.length === 0) {
    throw new AppError('invalid_settings', 'NUM_MODELS is 0 and there are no EXTERNAL_WORKERS: nothing would serve the model.');
  }
  return isNone ? [] : [{ name: deploymentName(settings.modelPath), values: {} }];
}

function readFile(path: string): Declaration[] {
  const fail = (problem: string, cause?: unknown): AppError =>
    new AppError('invalid_settings', `DEPLOYMENTS is ${path}: ${problem}`, { cause });
  let content: unknown;
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAX_FILE_BYTES) throw new Error('it is too large.');
    content = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error), error);
  }
  const list: unknown = Array.isArray(content)
    ? content
    : content !== null && typeof content === 'object'
      ? Reflect.get(content, 'deployments')
      : null;
  if (!Array.isArray(list) || list.length === 0) throw fail('it must hold a list of deployments, each with a model_path.');
  return list.map((item, index) => {
    try {
      return parseDeclaration(item);
    } catch (error) {
      throw fail(`deployment ${index + 1}: ${toAppError(error).message}`, error);
    }
  });
}
