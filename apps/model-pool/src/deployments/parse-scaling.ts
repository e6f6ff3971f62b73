import { AppError } from '@interleave/kernel';
import type { ModelPoolSettings } from '@interleave/settings';

const NAMES = { num_models: 'NUM_MODELS', min_models: 'MIN_MODELS', max_models: 'MAX_MODELS' } as const;

/**
 * Reads `{"num_models"?, "min_models"?, "max_models"?}`. Bounds alone move the number of copies only as far as they must.
 * @returns values by environment name
 * @throws AppError `invalid_request`
 */
export function parseScaling(body: unknown, present: ModelPoolSettings): Record<string, string> {
  const given: Partial<Record<keyof typeof NAMES, number>> = {};
  for (const name of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
    const value: unknown = body !== null && typeof body === 'object' ? Reflect.get(body, name) : undefined;
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      throw new AppError('invalid_request', `${name} must be a whole number from 0 on.`, { param: name });
    }
    given[name] = value;
  }
  if (Object.keys(given).length === 0) {
    throw new AppError('invalid_request', 'Say num_models, min_models or max_models, each a whole number from 0 on.', {
      param: 'num_models',
    });
  }
  if (given.num_models === undefined) {
    const { numModels, minModels, maxModels } = present;
    const least = given.min_models ?? minModels ?? Math.min(numModels, given.max_models ?? numModels);
    const most = given.max_models ?? maxModels ?? Math.max(numModels, least);
    given.num_models = Math.max(least, Math.min(most, numModels));
    // A bound that nobody has set was the number of copies until now, and stays that.
    given.min_models = least;
    given.max_models = most;
  }
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [NAMES[name as keyof typeof NAMES], String(value)]));
}
