import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveModelFile } from './model-file';

function folderWith(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'model-file-'));
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
}

describe('model file', () => {
  it('is the file itself, or the only one in a folder', () => {
    const folder = folderWith('demo.gguf', 'README.md');

    expect(resolveModelFile(folder)).toBe(join(folder, 'demo.gguf'));
    expect(resolveModelFile(join(folder, 'demo.gguf'))).toBe(join(folder, 'demo.gguf'));
  });

  it('is the first part of a model in parts', () => {
    const folder = folderWith('m-00001-of-00002.gguf', 'm-00002-of-00002.gguf');

    expect(resolveModelFile(folder)).toBe(join(folder, 'm-00001-of-00002.gguf'));
  });

  it.each([
    [() => '/nowhere/model.gguf', 'does not exist'],
    [() => folderWith('a.gguf', 'b.gguf'), 'several .gguf files (a.gguf, b.gguf)'],
    [() => folderWith(), 'a folder without a .gguf file'],
    [() => join(folderWith('model.bin'), 'model.bin'), 'not a .gguf file'],
  ])('is refused in one sentence that says what to set (%#)', (path, sentence) => {
    expect(() => resolveModelFile(path())).toThrow(
      expect.objectContaining({ code: 'not_found', message: expect.stringContaining(sentence) }),
    );
    expect(() => resolveModelFile(path())).toThrow('set it to a GGUF file, or to a folder that holds exactly one.');
  });
});
