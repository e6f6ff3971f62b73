import { checkTensors, tiedPairs } from './architecture';

const architecture = {
  class: 'LlamaForCausalLM',
  tensors: { 'model.embed_tokens.weight': [10, 4], 'model.norm.weight': [4], 'lm_head.weight': [10, 4] },
  tied: { 'lm_head.weight': 'model.embed_tokens.weight' },
};
const tensor = (name: string, shape: number[], dtype = 'bfloat16') => ({ name, shape, dtype });
const embedding = tensor('model.embed_tokens.weight', [10, 4]);
const norm = tensor('model.norm.weight', [4]);
const head = tensor('lm_head.weight', [10, 4]);

describe('tensors against an architecture', () => {
  it('fit with a tied weight and without it', () => {
    expect(() => checkTensors([embedding, norm, head], architecture)).not.toThrow();
    expect(() => checkTensors([embedding, norm], architecture)).not.toThrow();
    expect(tiedPairs([embedding, norm, head], architecture)).toEqual([{ name: 'lm_head.weight', like: 'model.embed_tokens.weight' }]);
    expect(tiedPairs([embedding, norm], architecture)).toEqual([]);
  });

  it.each([
    ['one is missing', [embedding], 'it lacks model.norm.weight'],
    ['one is too much', [embedding, norm, tensor('model.extra.weight', [1])], 'has model.extra.weight too much'],
    [
      'one has another shape',
      [embedding, tensor('model.norm.weight', [8])],
      'model.norm.weight has shape [8], but config.json asks for [4]',
    ],
    ['one is quantised', [embedding, tensor('model.norm.weight', [4], 'int8')], 'quantised checkpoints'],
  ])('are refused when %s', (_what, tensors, sentence) => {
    expect(() => checkTensors(tensors, architecture)).toThrow(sentence);
  });

  it('need what a configuration does not tie', () => {
    expect(() => checkTensors([embedding, norm], { ...architecture, tied: {} })).toThrow('it lacks lm_head.weight');
  });
});
