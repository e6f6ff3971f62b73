import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { whyNotGguf, whyNotModelFolder } from './inspect-model';

const root = mkdtempSync(join(tmpdir(), 'inspect-model-'));
let count = 0;

function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(root, String((count += 1)));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

function tensors(dataBytes: number, presentBytes = dataBytes): Buffer {
  const header = Buffer.from(
    JSON.stringify({ __metadata__: { format: 'pt' }, w: { dtype: 'U8', shape: [dataBytes], data_offsets: [0, dataBytes] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(presentBytes)]);
}

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n';
const config = '{"architectures": ["Qwen2ForCausalLM"]}';

describe('a folder in Hugging Face form', () => {
  it('is taken when its files are whole', () => {
    expect(whyNotModelFolder(folderWith({ 'config.json': config, 'model.safetensors': tensors(10) }))).toBeNull();
    expect(whyNotModelFolder(folderWith({ 'config.json': config, 'pytorch_model.bin': 'PK' }))).toBeNull();
  });

  it.each<[string, Record<string, string | Buffer>, string]>([
    ['no weights', { 'config.json': config }, 'has a config.json, but no weights'],
    ['a broken config.json', { 'config.json': '{', 'model.safetensors': tensors(1) }, "can't be read as JSON"],
    ['a pointer of Git LFS', { 'config.json': config, 'model.safetensors': pointer }, 'run "git lfs pull"'],
    ['another pointer', { 'config.json': config, 'pytorch_model.bin': pointer }, 'run "git lfs pull"'],
    ['half of its weights', { 'config.json': config, 'model.safetensors': tensors(1000, 400) }, 'damaged or half downloaded'],
    ['rubbish', { 'config.json': config, 'model.safetensors': Buffer.alloc(100, 255) }, 'damaged or half downloaded'],
    ['an empty file', { 'config.json': config, 'model.safetensors': '' }, 'damaged or half downloaded'],
    [
      'a missing shard',
      {
        'config.json': config,
        'a.safetensors': tensors(1),
        'model.safetensors.index.json': '{"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}',
      },
      'lacks b.safetensors',
    ],
  ])('with %s is refused', (_name, files, sentence) => {
    expect(whyNotModelFolder(folderWith(files))).toContain(sentence);
  });

  it('may hold any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        const problem = whyNotModelFolder(folderWith({ 'config.json': one, 'model.safetensors': other }));
        return problem === null || problem.endsWith('.');
      }),
      { numRuns: 50 },
    );
  });
});

describe('a GGUF file', () => {
  it.each<[string, Record<string, string>, string | null]>([
    ['m.gguf', { 'm.gguf': 'GGUF\x03\0\0\0' }, null],
    ['m.gguf', { 'm.gguf': '<!doctype html>' }, 'is no GGUF file, whatever its name says'],
    ['m.gguf', { 'm.gguf': pointer }, 'run "git lfs pull"'],
    ['m.gguf', {}, 'is one of several parts, and'],
    ['m-00001-of-00002.gguf', { 'm-00001-of-00002.gguf': 'GGUF', 'm-00002-of-00002.gguf': 'GGUF' }, null],
    ['m-00001-of-00002.gguf', { 'm-00001-of-00002.gguf': 'GGUF' }, 'm-00002-of-00002.gguf is missing'],
  ])('%s of %j', (name, files, sentence) => {
    const problem = whyNotGguf(join(folderWith(files), name));
    if (sentence === null) expect(problem).toBeNull();
    else expect(problem).toContain(sentence);
  });
});
