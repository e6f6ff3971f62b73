import { scriptedModel } from './support/scripted-model';
import { startWorker } from './support/worker-under-test';
import type { WorkerUnderTest } from './support/worker-under-test';

describe('tokenization', () => {
  const model = scriptedModel();
  const ids = (text: string) => model.tokenizer.encode(text);
  let worker: WorkerUnderTest;
  const json = async (path: string, body: unknown) => (await worker.post(path, body)).json() as Promise<unknown>;

  beforeAll(async () => {
    worker = await startWorker(model);
  });
  afterAll(() => worker.close());

  it('tokenizes a text', async () => {
    expect(await json('/tokenize', { prompt: 'héy', return_token_strs: true })).toEqual({
      count: 4,
      max_model_len: 256,
      tokens: ids('héy'),
      token_strs: ['h', '\uFFFD', '\uFFFD', 'y'],
    });
  });

  it('tokenizes messages with the header of the answer, unless told otherwise', async () => {
    const messages = [{ role: 'user', content: 'hi' }];

    expect(await json('/tokenize', { messages })).toMatchObject({
      tokens: ids('<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n'),
      token_strs: null,
    });
    expect(await json('/tokenize', { messages, add_generation_prompt: false })).toMatchObject({
      tokens: ids('<|im_start|>user\nhi<|im_end|>\n'),
    });
  });

  it('turns ids back into text, special tokens included', async () => {
    expect(await json('/detokenize', { tokens: ids('<|im_start|>hi<|im_end|>') })).toEqual({ prompt: '<|im_start|>hi<|im_end|>' });
  });

  it.each([
    ['/tokenize', {}, 'prompt'],
    ['/tokenize', { prompt: 5 }, 'prompt'],
    ['/detokenize', {}, 'tokens'],
    ['/detokenize', { tokens: [99_999] }, 'tokens'],
  ])('%s refuses %j', async (path, body, param) => {
    const response = await worker.post(path, body);

    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
  });
});
