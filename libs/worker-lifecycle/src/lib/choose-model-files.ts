import { isFilePath } from './model-reference';
import type { GgufChoice } from './model-reference';

/** A file of a repository on the hub. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of a large file; null for one that git holds. */
  readonly sha256: string | null;
  /** What git calls it: the SHA-1 of its content, or of the pointer to it. */
  readonly gitId: string;
}

export type FileChoice =
  /** `model`: what the engine is to load, within the repository; `''` is all of it. */
  | { readonly kind: 'chosen'; readonly files: readonly HubFile[]; readonly model: string }
  | { readonly kind: 'none'; readonly problem: string };

const WEIGHTS = /\.(safetensors|bin|pt|pth)$/;
/** What engines read beside the weights: configuration, tokenizer, chat template, code of the model. */
const SMALL = /\.(json|txt|model|tiktoken|jinja|py)$/;
/** The same weights again in a form that no engine here reads. */
const OTHER_FORMS = /^(original|metal|onnx|openvino|coreml|gguf|mlx|flax|tf)\//i;
const PART = /-(\d{5})-of-(\d{5})\.gguf$/;

/** What vLLM needs of a repository in Hugging Face form. */
export function chooseModelFiles(files: readonly HubFile[]): FileChoice {
  const safe = files.filter(({ path }) => isFilePath(path));
  if (!safe.some(({ path }) => path === 'config.json')) {
    const isGguf = safe.some(({ path }) => path.endsWith('.gguf'));
    return none(
      isGguf
        ? 'has no config.json, but GGUF files: write hf:organisation/name:Q4_K_M, for llama-worker'
        : 'has no config.json: it is no model that vLLM reads',
    );
  }
  const weights = safe.filter(
    ({ path }) => !path.includes('/') && WEIGHTS.test(path) && !/^(training_args|optimizer|scheduler|rng_state)/.test(path),
  );
  const tensors = weights.filter(({ path }) => path.endsWith('.safetensors'));
  // Some repositories hold everything twice: in shards, and consolidated for another program.
  const inShards = tensors.filter(({ path }) => !path.startsWith('consolidated'));
  const chosen = inShards.length > 0 ? inShards : tensors.length > 0 ? tensors : weights;
  if (chosen.length === 0) return none('has no weights: neither safetensors nor .bin files');
  const small = safe.filter(
    ({ path }) => SMALL.test(path) && !WEIGHTS.test(path) && !OTHER_FORMS.test(path) && path.split('/').length <= 2,
  );
  return { kind: 'chosen', files: [...small, ...chosen], model: '' };
}

/** The GGUF file that is meant, with its further parts. */
export function chooseGgufFiles(files: readonly HubFile[], choice: GgufChoice): FileChoice {
  const all = files.filter(({ path }) => isFilePath(path) && path.endsWith('.gguf') && !/mmproj/i.test(path));
  if (all.length === 0) return none('has no GGUF file in it');
  if (choice.kind === 'file') {
    const file = all.find(({ path }) => path === choice.path);
    return file ? withParts(all, file) : none(`has no file ${choice.path}; it has ${listOf(all)}`);
  }
  const heads = all.filter(({ path }) => (PART.exec(path)?.[1] ?? '00001') === '00001');
  // As llama.cpp does where nothing is said: a middle one.
  const wanted = choice.kind === 'quantization' ? choice.name : 'Q4_K_M';
  const found = heads.filter(({ path }) => isQuantization(path, wanted));
  if (found.length > 1) return none(`has several files of ${wanted}: name one of ${listOf(found)}`);
  const file = found[0] ?? (choice.kind === 'any' && heads.length === 1 ? heads[0] : undefined);
  return file ? withParts(all, file) : none(`has no ${wanted}: name one of ${listOf(heads)}`);
}

/** The paths of all parts of a split file, by the path of one; that path alone where it isn't split. */
export function partsOf(path: string): string[] {
  const match = PART.exec(path);
  const count = Number(match?.[2] ?? 0);
  if (!match || count < 1 || count > 1000) return [path];
  const stem = path.slice(0, match.index);
  const number = (value: number): string => String(value).padStart(5, '0');
  return Array.from({ length: count }, (_, index) => `${stem}-${number(index + 1)}-of-${number(count)}.gguf`);
}

function withParts(all: readonly HubFile[], { path }: HubFile): FileChoice {
  const paths = partsOf(path);
  const parts = paths.flatMap((part) => all.find((file) => file.path === part) ?? []);
  if (parts.length < paths.length) return none(`lacks ${paths.length - parts.length} of the ${paths.length} parts of ${path}`);
  return { kind: 'chosen', files: parts, model: paths[0] ?? path };
}

/** `Q4_K_M` is in `x.Q4_K_M.gguf`, `x-q4_k_m-00001-of-00002.gguf` and `Q4_K_M/x.gguf`, and `Q4_K` in none of them. */
function isQuantization(path: string, name: string): boolean {
  return new RegExp(`(^|[^A-Za-z0-9_])${name}([^A-Za-z0-9_]|$)`, 'i').test(path);
}

function listOf(files: readonly HubFile[]): string {
  const paths = files.map(({ path }) => path);
  return paths.length > 12 ? `${paths.slice(0, 12).join(', ')} and ${paths.length - 12} more` : paths.join(', ');
}

function none(problem: string): FileChoice {
  return { kind: 'none', problem };
}
