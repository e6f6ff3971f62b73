import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { partsOf } from '@interleave/worker-lifecycle';

const POINTER = 'version https://git-lfs.github.com/spec/';
const GGUF_MAGIC = 'GGUF';
/** The format's own bound on the description at the head of a file. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_JSON_BYTES = 50_000_000;

/** Why a GGUF file with its parts can't be loaded, as a sentence; null where nothing is wrong with it at first sight. */
export function whyNotGguf(file: string): string | null {
  for (const part of partsOf(file)) {
    if (!existsSync(part)) return `${file} is one of several parts, and ${part} is missing: fetch it too.`;
    const head = headOf(part, 64);
    if (head === null) return cannotRead(part);
    if (isPointer(head)) return pointerSentence(part);
    if (head.subarray(0, GGUF_MAGIC.length).toString('latin1') !== GGUF_MAGIC) {
      return `${part} is no GGUF file, whatever its name says (it does not begin with "GGUF"): fetch it again, or set MODEL_PATH to another file.`;
    }
  }
  return null;
}

/** Why a folder in Hugging Face form can't be loaded, as a sentence; null where nothing is wrong with it at first sight. */
export function whyNotModelFolder(folder: string): string | null {
  const config = readJson(join(folder, 'config.json'));
  if (config === null) return `${join(folder, 'config.json')} can't be read as JSON: fetch the model again.`;
  const names = readdirSync(folder).sort();
  const tensors = names.filter((name) => name.endsWith('.safetensors'));
  const others = names.filter((name) => /\.(bin|pt|pth|gguf)$/.test(name));
  // A configuration that names no model is left to the engine.
  const isOfModel = 'model_type' in config || 'architectures' in config;
  if (isOfModel && tensors.length + others.length === 0) {
    return `${folder} has a config.json, but no weights (.safetensors or .bin): fetch them too, or set MODEL_PATH to a folder that has them.`;
  }
  const missing = shardsOf(folder).find((name) => !existsSync(join(folder, name)));
  if (missing !== undefined) return `${folder} lacks ${missing}, which its model.safetensors.index.json names: fetch it too.`;
  for (const name of tensors) {
    const problem = whyNotTensors(join(folder, name));
    if (problem !== null) return problem;
  }
  const pointer = others.map((name) => join(folder, name)).find((path) => isPointer(headOf(path, 64) ?? Buffer.alloc(0)));
  return pointer === undefined ? null : pointerSentence(pointer);
}

/** Files of weights that the index of a folder names; none where there is no index. */
export function shardsOf(folder: string): string[] {
  const index = readJson(join(folder, 'model.safetensors.index.json'));
  const map: unknown = index?.['weight_map'];
  if (map === null || typeof map !== 'object') return [];
  const names = Object.values(map).filter((name): name is string => typeof name === 'string' && /^[\w.-]+$/.test(name));
  return [...new Set(names)];
}

/** The head of a safetensors file says how long the file has to be: one that was cut off is known without reading it. */
function whyNotTensors(path: string): string | null {
  const start = headOf(path, 64);
  if (start === null) return cannotRead(path);
  if (isPointer(start)) return pointerSentence(path);
  const damaged = `${path} is damaged or half downloaded: fetch it again.`;
  if (start.length < 8) return damaged;
  const headerBytes = Number(start.readBigUInt64LE(0));
  const size = statSync(path).size;
  if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > size) return damaged;
  const header = parseObject((headOf(path, 8 + headerBytes) ?? Buffer.alloc(0)).subarray(8).toString('utf8'));
  if (header === null) return damaged;
  let end = 0;
  for (const [name, tensor] of Object.entries(header)) {
    const offsets: unknown =
      name === '__metadata__' || tensor === null || typeof tensor !== 'object' ? null : Reflect.get(tensor, 'data_offsets');
    if (Array.isArray(offsets) && typeof offsets[1] === 'number') end = Math.max(end, offsets[1]);
  }
  return 8 + headerBytes + end > size ? damaged : null;
}

function isPointer(head: Buffer): boolean {
  return head.subarray(0, POINTER.length).toString('latin1') === POINTER;
}

function pointerSentence(path: string): string {
  return `${path} holds only a pointer of Git LFS, not the file: run "git lfs pull" in its repository.`;
}

function cannotRead(path: string): string {
  return `${path} can't be read: check that it is a file and who may read it.`;
}

function headOf(path: string, bytes: number): Buffer | null {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(bytes);
      return head.subarray(0, readSync(file, head, 0, bytes, 0));
    } finally {
      closeSync(file);
    }
  } catch (_unreadable) {
    return null;
  }
}

function readJson(path: string): Record<string, unknown> | null {
  try {
    return statSync(path).size > MAX_JSON_BYTES ? null : parseObject(readFileSync(path, 'utf8'));
  } catch (_unreadable) {
    return null;
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch (_noJson) {
    return null;
  }
}
