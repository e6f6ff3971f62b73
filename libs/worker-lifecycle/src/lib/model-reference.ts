/** Which GGUF file of a repository: one by its path, those of a quantization such as `Q4_K_M`, or whichever suits. */
export type GgufChoice =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'quantization'; readonly name: string } | { readonly kind: 'any' };

/** A model on the hub, as it is called there. */
export interface HubModel {
  /** `organisation/name` */
  readonly id: string;
  /** Branch, tag or commit; null: main. */
  readonly revision: string | null;
  /** Null: a repository in Hugging Face form. */
  readonly gguf: GgufChoice | null;
}

export type ModelReference =
  | { readonly kind: 'path' }
  | ({ readonly kind: 'hub' } & HubModel)
  /** It can't be meant as a path, and is none of the other forms. */
  | { readonly kind: 'malformed'; readonly problem: string };

const PART = '[A-Za-z0-9_][A-Za-z0-9._-]{0,95}';
const ID = new RegExp(`^${PART}/${PART}$`);
const REVISION = /^[A-Za-z0-9_][\w./-]{0,99}$/;
const QUANTIZATION = /^[A-Za-z0-9_]{1,40}$/;
const GGUF_NAME = /(\.|[-_])gguf$/i;
const FORMS = 'organisation/name, organisation/name@revision, hf:organisation/name:Q4_K_M or hf:organisation/name/file.gguf';
const MAX_LENGTH = 500;

/**
 * How a model may be named: `organisation/name`, the same with `@revision`, and for GGUF files `hf:organisation/name`, with `:Q4_K_M` or
 * `/path/file.gguf` after it. Everything else is a path.
 */
export function parseModelReference(text: string): ModelReference {
  if (text.length > MAX_LENGTH) return malformed(text, `is too long. Write a path, or ${FORMS}.`);
  if (/^https?:\/\//.test(text)) return malformed(text, `is a URL. Write ${FORMS}.`);
  const isMarked = text.startsWith('hf:');
  const [name = '', revision = null, ...more] = text.slice(isMarked ? 'hf:'.length : 0).split('@');
  const isRevision = revision === null || (REVISION.test(revision) && !revision.includes('..'));
  if (!isMarked) {
    if (!isHubId(name) || !isRevision || more.length > 0) return { kind: 'path' };
    return { kind: 'hub', id: name, revision, gguf: GGUF_NAME.test(name) ? { kind: 'any' } : null };
  }
  const match = /^([^/:]*\/[^/:]*)(?::([^/:]*)|\/([^:]*))?$/.exec(name);
  const [, id = '', quantization, path] = match ?? [];
  if (!match || !isHubId(id) || !isRevision || more.length > 0) return malformed(text, `is no reference to the hub. Write ${FORMS}.`);
  if (quantization !== undefined) {
    if (!QUANTIZATION.test(quantization)) return malformed(text, `names no quantization after the colon, such as Q4_K_M.`);
    return { kind: 'hub', id, revision, gguf: { kind: 'quantization', name: quantization } };
  }
  if (path !== undefined) {
    if (!isFilePath(path) || !path.endsWith('.gguf')) return malformed(text, 'names no GGUF file: write hf:organisation/name/file.gguf.');
    return { kind: 'hub', id, revision, gguf: { kind: 'file', path } };
  }
  return { kind: 'hub', id, revision, gguf: { kind: 'any' } };
}

/** `organisation/name`: what a model is called on the hub, and no path. */
export function isHubId(text: string): boolean {
  return ID.test(text) && !text.includes('--') && !text.includes('..') && !/\.(gguf|git)$/.test(text);
}

/** Whether a path of a repository stays within it. */
export function isFilePath(path: string): boolean {
  return (
    path.length > 0 && path.length <= 300 && !/[\p{Cc}\\]/u.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part))
  );
}

function malformed(text: string, problem: string): ModelReference {
  return { kind: 'malformed', problem: `MODEL_PATH is "${text.slice(0, 100)}", which ${problem}` };
}
