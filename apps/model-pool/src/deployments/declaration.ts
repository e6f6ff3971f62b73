import { AppError } from '@interleave/kernel';
import { DEPLOYMENT_PARAMETERS, environmentNameOf } from '@interleave/settings';
import { deploymentName } from '@interleave/worker-lifecycle';

/** One deployment as somebody wrote it down. */
export interface Declaration {
  readonly name: string;
  /** What it sets, by environment name; the rest is what model-pool itself was told. */
  readonly values: Readonly<Record<string, string>>;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/;
const MAX_VALUE_LENGTH = 20_000;

/**
 * Reads an object such as `{model_path: "demo", num_models: 2}`, of a file or a request.
 * @param allowed parameters that may be set there
 * @throws AppError `invalid_request` that names the key
 */
export function parseDeclaration(input: unknown, allowed: readonly string[] = DEPLOYMENT_PARAMETERS): Declaration {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) {
    throw new AppError('invalid_request', 'A deployment is an object such as {"model_path": "demo", "num_models": 2}.');
  }
  const names = new Map(allowed.map((parameter) => [environmentNameOf(parameter).toLowerCase(), environmentNameOf(parameter)]));
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(input)) {
    if (key === 'name') continue;
    const name = names.get(key);
    if (name === undefined)
      throw new AppError('invalid_request', `A deployment has no "${key.slice(0, 80)}" here: ${[...names.keys()].join(', ')}.`, {
        param: key,
      });
    if (value !== null) values[name] = textOf(key, value);
  }
  const modelPath = values['MODEL_PATH'];
  if (!modelPath) throw new AppError('invalid_request', 'A deployment needs a model_path.', { param: 'model_path' });
  const name: unknown = Reflect.get(input, 'name') ?? deploymentName(modelPath);
  if (typeof name !== 'string' || !NAME.test(name) || name === 'external') {
    throw new AppError('invalid_request', 'The name of a deployment is up to 60 letters, digits, "-" and "_", and not "external".', {
      param: 'name',
    });
  }
  return { name, values };
}

function textOf(key: string, value: unknown): string {
  const isList = Array.isArray(value) && value.every((element) => typeof element === 'string' || typeof element === 'number');
  const text = isList ? JSON.stringify(value.map(String)) : ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : null;
  if (text === null || text.length > MAX_VALUE_LENGTH) {
    throw new AppError('invalid_request', `${key} must be text, a number, true, false or a list of texts, of moderate length.`, {
      param: key,
    });
  }
  return text;
}
