import { parseCompletionRequest } from '../completions/parse-completion-request';
import { toGenerationRequests } from './to-generation-requests';

const CONTEXT = { maxModelLen: 20, endOfSequenceIds: [9], maxAnswers: 8, randomSeed: () => 4 };
const requests = (body: Record<string, unknown>, prompts: number[][] = [[1, 2]]) =>
  toGenerationRequests(parseCompletionRequest({ prompt: 'x', ...body }, 300), prompts, CONTEXT);

describe('generation requests', () => {
  it('are n for each prompt, prompt by prompt, with a seed of their own', () => {
    const made = requests({ n: 2, seed: -1 }, [[1], [2]]);

    expect(made.map(({ promptTokenIds }) => promptTokenIds)).toEqual([[1], [1], [2], [2]]);
    expect(made.map(({ sampling }) => sampling.seed)).toEqual([4_294_967_295, 0, 4_294_967_295, 0]);
  });

  it('draw a seed where none is asked for', () => {
    expect(requests({})[0]?.sampling.seed).toBe(4);
  });

  it('get what room there is where no number of tokens was asked for', () => {
    expect(requests({}, [[1, 2, 3, 4, 5, 6]])[0]?.maxTokens).toBe(14);
  });

  it.each([
    [{ max_tokens: 19 }, [1, 2], 'for a total of 21 tokens'],
    [{}, Array.from({ length: 20 }, () => 1), 'your prompt contains 20 input tokens'],
  ])('are refused where the context has no room (%#)', (body, prompt, sentence) => {
    expect(() => requests(body, [prompt])).toThrow(
      expect.objectContaining({
        code: 'context_length_exceeded',
        message: expect.stringMatching(/^This model's maximum context length is 20 tokens\. However, /),
      }),
    );
    expect(() => requests(body, [prompt])).toThrow(sentence);
  });

  it('are refused for an empty prompt and for a least length beyond the limit', () => {
    expect(() => requests({}, [[]])).toThrow(expect.objectContaining({ param: 'prompt' }));
    expect(() => requests({ max_tokens: 2, min_tokens: 3 })).toThrow(expect.objectContaining({ param: 'min_tokens' }));
  });

  it('are refused where there are more than the worker could ever take', () => {
    expect(() => requests({ n: 5 }, [[1], [2]])).toThrow(expect.objectContaining({ code: 'invalid_request', param: 'n' }));
  });

  it('ban the ends of an answer until it is long enough', () => {
    expect(requests({ min_tokens: 1, stop_token_ids: [7] })[0]?.sampling).toMatchObject({ minTokens: 1, bannedUntilMinTokens: [9, 7] });
  });
});
