import fc from 'fast-check';
import { chooseGgufFiles, chooseModelFiles, partsOf } from './choose-model-files';
import type { FileChoice, HubFile } from './choose-model-files';

const files = (...paths: string[]): HubFile[] => paths.map((path) => ({ path, bytes: 1, sha256: null, gitId: path }));
const told = (choice: FileChoice): string =>
  choice.kind === 'none' ? choice.problem : `${choice.model}: ${choice.files.map(({ path }) => path).join(' ')}`;

describe('the files of a model in Hugging Face form', () => {
  it.each([
    [
      'weights once, as safetensors',
      ['config.json', 'tokenizer.json', 'README.md', 'logo.png', 'model.safetensors', 'pytorch_model.bin'],
      ': config.json tokenizer.json model.safetensors',
    ],
    [
      'no consolidated copy',
      ['config.json', 'consolidated.safetensors', 'model-00001-of-00001.safetensors'],
      ': config.json model-00001-of-00001.safetensors',
    ],
    ['a consolidated copy where it is all', ['config.json', 'consolidated.safetensors'], ': config.json consolidated.safetensors'],
    [
      'no copies in other forms',
      ['config.json', 'original/params.json', 'original/consolidated.00.pth', 'metal/model.bin', 'onnx/config.json', 'model.safetensors'],
      ': config.json model.safetensors',
    ],
    [
      '.bin files where there is nothing else',
      ['config.json', 'pytorch_model.bin', 'training_args.bin', 'vocab.txt'],
      ': config.json vocab.txt pytorch_model.bin',
    ],
    [
      'code and templates',
      ['config.json', 'modeling_x.py', 'chat_template.jinja', 'templates/tool.jinja', 'm.safetensors'],
      ': config.json modeling_x.py chat_template.jinja templates/tool.jinja m.safetensors',
    ],
    ['nothing with a strange path', ['config.json', '../x.json', 'm.safetensors'], ': config.json m.safetensors'],
  ])('%s', (_name, paths, expected) => {
    expect(told(chooseModelFiles(files(...paths)))).toBe(expected);
  });

  it.each([
    ['README.md', 'has no config.json: it is no model'],
    ['x.gguf', 'write hf:organisation/name:Q4_K_M'],
    ['config.json', 'has no weights'],
  ])('are not there where there is only %s', (path, problem) => {
    expect(told(chooseModelFiles(files(path)))).toContain(problem);
  });
});

describe('a GGUF file of a repository', () => {
  const all = files(
    'm.Q4_K_M.gguf',
    'm.Q4_K.gguf',
    'm.Q8_0.gguf',
    'mmproj-Q4_K_M.gguf',
    'big/m-F16-00002-of-00002.gguf',
    'big/m-F16-00001-of-00002.gguf',
    'm.Q2_K-00001-of-00003.gguf',
  );

  it.each([
    [{ kind: 'quantization', name: 'Q4_K_M' }, 'm.Q4_K_M.gguf: m.Q4_K_M.gguf'],
    [{ kind: 'quantization', name: 'q8_0' }, 'm.Q8_0.gguf: m.Q8_0.gguf'],
    [{ kind: 'quantization', name: 'F16' }, 'big/m-F16-00001-of-00002.gguf: big/m-F16-00001-of-00002.gguf big/m-F16-00002-of-00002.gguf'],
    [
      { kind: 'file', path: 'big/m-F16-00002-of-00002.gguf' },
      'big/m-F16-00001-of-00002.gguf: big/m-F16-00001-of-00002.gguf big/m-F16-00002-of-00002.gguf',
    ],
    [{ kind: 'any' }, 'm.Q4_K_M.gguf: m.Q4_K_M.gguf'],
    [{ kind: 'quantization', name: 'Q5_0' }, 'has no Q5_0: name one of m.Q4_K_M.gguf'],
    [{ kind: 'quantization', name: 'Q2_K' }, 'lacks 2 of the 3 parts'],
    [{ kind: 'file', path: 'x.gguf' }, 'has no file x.gguf; it has m.Q4_K_M.gguf'],
  ] as const)('%j', (choice, expected) => {
    expect(told(chooseGgufFiles(all, choice))).toContain(expected);
  });

  it('is the only one where nothing is said', () => {
    expect(told(chooseGgufFiles(files('demo.gguf', 'README.md'), { kind: 'any' }))).toBe('demo.gguf: demo.gguf');
    expect(told(chooseGgufFiles(files('README.md'), { kind: 'any' }))).toBe('has no GGUF file in it');
  });

  it('has the parts that its name says', () => {
    expect(partsOf('x.gguf')).toEqual(['x.gguf']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(), (count, pick) => {
        const paths = partsOf(`m-00001-of-${String(count).padStart(5, '0')}.gguf`);
        return paths.length === count && partsOf(paths[pick % count] ?? '').join() === paths.join();
      }),
    );
  });
});
