import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findModel } from './find-model';

const folder = mkdtempSync(join(tmpdir(), 'find-model-'));
const withFiles = (name: string, ...files: string[]): string => {
  const path = join(folder, name);
  mkdirSync(path);
  for (const file of files) writeFileSync(join(path, file), '');
  return path;
};

describe('model_path', () => {
  it('may be a folder in Hugging Face form, with a GGUF file in it or without', () => {
    const path = withFiles('both', 'config.json', 'both.gguf', 'another.gguf');

    expect(findModel(path)).toEqual({ kind: 'local', folder: path, ggufFile: join(path, 'both.gguf') });
    expect(findModel(withFiles('plain', 'config.json'))).toMatchObject({ ggufFile: null });
  });

  it('may be a GGUF file, or a folder of its parts', () => {
    const path = withFiles('parts', 'm-00002-of-00002.gguf', 'm-00001-of-00002.gguf');

    expect(findModel(path)).toEqual({ kind: 'local', folder: null, ggufFile: join(path, 'm-00001-of-00002.gguf') });
    expect(findModel(join(path, 'm-00001-of-00002.gguf'))).toMatchObject({ ggufFile: join(path, 'm-00001-of-00002.gguf') });
  });

  it('is a name on the hub where nothing of that name is here', () => {
    const id = 'Qwen/Qwen2.5-Math-1.5B';
    expect(findModel(id)).toEqual({ kind: 'hub', id, revision: null, gguf: null });
    expect(findModel(`${id}@v2`)).toEqual({ kind: 'hub', id, revision: 'v2', gguf: null });
    expect(findModel('hf:o/m:Q8_0')).toMatchObject({ kind: 'hub', id: 'o/m', gguf: { kind: 'quantization', name: 'Q8_0' } });
  });

  it.each(['hf:nothing', 'https://huggingface.co/o/m'])('%j is a mistake', (path) => {
    expect(findModel(path)).toMatchObject({ kind: 'unusable', problem: expect.stringContaining(path) });
  });

  it('is no single file of weights', () => {
    const path = join(withFiles('single', 'model.safetensors'), 'model.safetensors');
    expect(findModel(path)).toMatchObject({ kind: 'unusable', problem: expect.stringContaining('name the folder') });
  });

  it.each(['/no/such/folder', './nope', 'a/b/c', 'models/x.gguf', 'nope'])('%j is missing, not a name on the hub', (path) => {
    expect(findModel(path)).toEqual({ kind: 'missing', path });
  });

  it('"demo" is the model of the repository', () => {
    expect(findModel('demo')).toEqual({
      kind: 'local',
      folder: expect.stringMatching(/models\/demo$/),
      ggufFile: expect.stringMatching(/models\/demo\/demo\.gguf$/),
    });
  });
});
