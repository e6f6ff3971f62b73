import { parseCompletionRequest } from './parse-completion-request';

const parse = (body: Record<string, unknown>) => parseCompletionRequest({ prompt: 'x', ...body }, 300);

describe('completion request', () => {
  it("has vLLM's defaults", () => {
    expect(parse({})).toMatchObject({
      prompts: ['x'],
      n: 1,
      isStreamed: false,
      maxTokens: 16,
      addsSpecialTokens: true,
      options: { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: null, stops: [], skipsSpecialTokens: true },
    });
  });

  it('treats null as not sent and lets unknown fields be', () => {
    expect(parse({ max_tokens: null, stop: null, logprobs: null, something_new: 1, user: 'me' })).toMatchObject({ maxTokens: 16 });
  });

  it.each([
    ['a text', 'x', ['x']],
    ['texts', ['x', 'y'], ['x', 'y']],
    ['ids', [1, 2], [[1, 2]]],
    ['lists of ids', [[1, 2], [3]], [[1, 2], [3]]],
  ])('takes a prompt of %s', (_form, prompt, prompts) => {
    expect(parse({ prompt }).prompts).toEqual(prompts);
  });

  it('is greedy below a tiny temperature', () => {
    expect(parse({ temperature: 1e-6 }).options.temperature).toBe(0);
  });

  it.each([
    ['prompt', { prompt: undefined }],
    ['prompt', { prompt: [] }],
    ['prompt', { prompt: [[]] }],
    ['prompt', { prompt: [1, 999] }],
    ['prompt', { prompt: [1, -1] }],
    ['prompt', { prompt: [1, 'x'] }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['n', { n: 0 }],
    ['n', { n: 1000 }],
    ['temperature', { temperature: 2.5 }],
    ['temperature', { temperature: '1' }],
    ['top_p', { top_p: 0 }],
    ['top_p', { top_p: 1.1 }],
    ['top_k', { top_k: -2 }],
    ['min_p', { min_p: 2 }],
    ['presence_penalty', { presence_penalty: 3 }],
    ['frequency_penalty', { frequency_penalty: -3 }],
    ['repetition_penalty', { repetition_penalty: 0 }],
    ['stop', { stop: 5 }],
    ['stop', { stop: ['a', ''] }],
    ['stop_token_ids', { stop_token_ids: ['a'] }],
    ['logprobs', { logprobs: -1 }],
    ['logit_bias', { logit_bias: { 999: 1 } }],
    ['logit_bias', { logit_bias: { 1: 'much' } }],
    ['stream', { stream: 'yes' }],
    ['stream_options', { stream_options: { include_usage: true } }],
    ['best_of', { best_of: 3 }],
    ['echo', { echo: true }],
    ['suffix', { suffix: 'end' }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['guided_json', { guided_json: {} }],
  ])('names %s where it is wrong or not supported (%#)', (param, body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });

  it('accepts what is switched off', () => {
    expect(() => parse({ echo: false, suffix: '', bad_words: [], response_format: { type: 'text' }, best_of: 1 })).not.toThrow();
  });
});
