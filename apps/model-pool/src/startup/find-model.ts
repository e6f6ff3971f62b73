import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseModelReference } from '@interleave/worker-lifecycle';
import type { ModelSource } from '@interleave/worker-lifecycle';
import { repositoryRoot } from './repository-root';

/** The model that comes with the repository. */
const DEMO = 'demo';

/** What `model_path` is: the demo model, files on this machine, or a name on the hub. */
export function findModel(modelPath: string): ModelSource {
  const reference = parseModelReference(modelPath);
  if (reference.kind === 'malformed') return { kind: 'unusable', problem: reference.problem };
  const path = modelPath === DEMO ? join(repositoryRoot(), 'models', DEMO) : resolve(modelPath);
  // What is here comes before what has the same name on the hub; `hf:` says which is meant.
  if (modelPath.startsWith('hf:') || !existsSync(path)) return reference.kind === 'hub' ? reference : { kind: 'missing', path: modelPath };
  if (statSync(path).isFile()) {
    if (path.endsWith('.gguf')) return { kind: 'local', folder: null, ggufFile: path };
    return { kind: 'unusable', problem: `MODEL_PATH is ${modelPath}, a file that is no GGUF file: name the folder that holds the model.` };
  }
  const hasConfig = existsSync(join(path, 'config.json'));
  return { kind: 'local', folder: hasConfig ? path : null, ggufFile: ggufFileIn(path) };
}

/** The file named like its folder, else the first of a series of parts, else the only one. */
function ggufFileIn(folder: string): string | null {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.gguf'))
    .sort();
  const name = names.find((candidate) => candidate === `${basename(folder)}.gguf`) ?? names[0];
  return name === undefined ? null : join(folder, name);
}
