import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@interleave/kernel';

export const CONFIG = 'config.json';
export const MODEL_CARD = 'README.md';

const LARGEST_BYTES = 200_000_000;
const KEPT = /\.(json|jinja|txt|model|tiktoken|py)$|^(README\.md|LICENSE(\..*)?|NOTICE(\..*)?|\.gitattributes)$/i;
const WEIGHTS = /\.(safetensors|bin|pt|pth|gguf|h5|msgpack)$|\.(safetensors|bin)\.index\.json$/;
const NOT_OURS = /^(fsdp_config|lora_train_meta|publish-manifest)\.json$/;
/** Each alone is a tokenizer that transformers and vLLM load. */
const TOKENIZERS: readonly (readonly string[])[] = [
  ['tokenizer.json'],
  ['tokenizer.model'],
  ['vocab.json', 'merges.txt'],
  ['vocab.txt'],
  ['tekken.json'],
];

export interface SideFiles {
  readonly folder: string;
  /** Config, generation config, tokenizer, chat template, own code: everything but weights. */
  readonly names: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

export function isWeightFile(name: string): boolean {
  return WEIGHTS.test(name);
}

/** @throws AppError that names what is missing */
export function readSideFiles(folder: string): SideFiles {
  const names = namesIn(folder).filter(
    (name) => KEPT.test(name) && !WEIGHTS.test(name) && !NOT_OURS.test(name) && isSmallFile(join(folder, name)),
  );
  if (!names.includes(CONFIG)) {
    throw new AppError(
      'invalid_request',
      `${folder} has no config.json: --hf-model-path names the directory with the configuration and the tokenizer.`,
    );
  }
  if (!TOKENIZERS.some((files) => files.every((name) => names.includes(name)))) {
    throw new AppError(
      'invalid_request',
      `${folder} has no tokenizer (tokenizer.json, tokenizer.model, or vocab.json with merges.txt): copy it there from the model that was trained.`,
    );
  }
  if (!names.includes('tokenizer_config.json')) {
    throw new AppError('invalid_request', `${folder} has no tokenizer_config.json: copy it there from the model that was trained.`);
  }
  return { folder, names, config: readConfig(join(folder, CONFIG)) };
}

/** Without a template a chat API can't serve the model. */
export function hasChatTemplate({ folder, names }: SideFiles): boolean {
  return names.includes('chat_template.jinja') || readFileSync(join(folder, 'tokenizer_config.json'), 'utf8').includes('"chat_template"');
}

/** The configuration with the type that the weights really have. */
export function withDtype(config: SideFiles['config'], dtype: string): SideFiles['config'] {
  const key = 'torch_dtype' in config && !('dtype' in config) ? 'torch_dtype' : 'dtype';
  return { ...config, [key]: dtype };
}

function readConfig(path: string): SideFiles['config'] {
  try {
    const config: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (config !== null && typeof config === 'object' && !Array.isArray(config)) return config as SideFiles['config'];
  } catch (_notJson) {
    // Said below, as for any other JSON.
  }
  throw new AppError('invalid_request', `${path} is not a JSON object: copy it again.`);
}

function isSmallFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile() && statSync(path).size <= LARGEST_BYTES;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw new AppError(
      'invalid_request',
      `${folder} is no directory that can be read: --hf-model-path names the one with config.json and the tokenizer.`,
      {
        cause: error,
      },
    );
  }
}
