import fc from 'fast-check';
import { isFilePath, parseModelReference } from './model-reference';

const id = 'Qwen/Qwen2.5-7B';

describe('how a model is named', () => {
  it.each([
    [id, { kind: 'hub', id, revision: null, gguf: null }],
    [`${id}@v1.0`, { kind: 'hub', id, revision: 'v1.0', gguf: null }],
    [`${id}@refs/pr/3`, { kind: 'hub', id, revision: 'refs/pr/3', gguf: null }],
    ['o/m-GGUF', { kind: 'hub', id: 'o/m-GGUF', revision: null, gguf: { kind: 'any' } }],
    [`hf:${id}`, { kind: 'hub', id, revision: null, gguf: { kind: 'any' } }],
    ['hf:o/m:Q4_K_M', { kind: 'hub', id: 'o/m', revision: null, gguf: { kind: 'quantization', name: 'Q4_K_M' } }],
    ['hf:o/m:Q8_0@main', { kind: 'hub', id: 'o/m', revision: 'main', gguf: { kind: 'quantization', name: 'Q8_0' } }],
    ['hf:o/m/x.gguf', { kind: 'hub', id: 'o/m', revision: null, gguf: { kind: 'file', path: 'x.gguf' } }],
    ['hf:o/m/sub/x.gguf@abc', { kind: 'hub', id: 'o/m', revision: 'abc', gguf: { kind: 'file', path: 'sub/x.gguf' } }],
  ])('%s', (text, expected) => {
    expect(parseModelReference(text)).toEqual(expected);
  });

  it.each(['demo', '/m/x', './a/b', '../a/b', 'a/b/c', 'models/x.gguf', 'a--b/c', 'a/b..c', 'a/b@', 'a/b@x@y', '', 'a b/c'])(
    '%j is a path',
    (text) => {
      expect(parseModelReference(text)).toEqual({ kind: 'path' });
    },
  );

  it.each([
    ['hf:', 'is no reference to the hub'],
    ['hf:name', 'is no reference to the hub'],
    ['hf:o/m:', 'names no quantization'],
    ['hf:o/m/weights.safetensors', 'names no GGUF file'],
    ['hf:o/m/../x.gguf', 'names no GGUF file'],
    ['hf:o/m@../x', 'is no reference to the hub'],
    ['https://huggingface.co/o/m', 'is a URL'],
    [`a/${'b'.repeat(600)}`, 'is too long'],
  ])('%s is none of the forms', (text, problem) => {
    expect(parseModelReference(text)).toMatchObject({ kind: 'malformed', problem: expect.stringContaining(problem) });
  });

  it('never leads out of a repository, whatever is written', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^(hf:)?[a-z.\-/:@%\\]{0,30}$/));
    fc.assert(
      fc.property(text, (input) => {
        const found = parseModelReference(input);
        if (found.kind !== 'hub') return true;
        const words = [found.id, found.revision ?? 'x', found.gguf?.kind === 'file' ? found.gguf.path : 'x'];
        return words.every((word) => isFilePath(word)) && found.id.split('/').length === 2;
      }),
    );
  });
});
