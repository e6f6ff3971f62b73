import OpenAI from 'openai';
import { scriptedModel } from './support/scripted-model';
import { KEY, startWorker } from './support/worker-under-test';
import type { WorkerUnderTest } from './support/worker-under-test';

const PROMPT = '<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n';
const MESSAGES = [{ role: 'user' as const, content: 'hi' }];

describe('POST /v1/chat/completions', () => {
  const model = scriptedModel({ reply: (prompt) => (prompt === PROMPT ? 'Hello!' : `unexpected prompt ${prompt}`) });
  let worker: WorkerUnderTest;
  let client: OpenAI;

  beforeAll(async () => {
    worker = await startWorker(model);
    client = new OpenAI({ baseURL: `${worker.url}/v1`, apiKey: KEY, maxRetries: 0 });
  });
  afterAll(() => worker.close());

  it("answers messages through the model's own template", async () => {
    const completion = await client.chat.completions.create({ model: 'demo', messages: MESSAGES, logprobs: true, top_logprobs: 2 });

    expect(completion).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: model.tokenizer.encode(PROMPT).length, completion_tokens: 7 },
    });
    expect(completion.choices[0]?.logprobs?.content?.[0]).toEqual({
      token: 'H',
      logprob: -0.5,
      bytes: [72],
      top_logprobs: [
        { token: 'H', logprob: -0.5, bytes: [72] },
        { token: 'I', logprob: -1.5, bytes: [73] },
      ],
    });
  });

  it('streams the role, the text and the finish reason', async () => {
    const stream = await client.chat.completions.create({
      model: 'alias',
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);

    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello!');
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ model: 'alias', choices: [], usage: { completion_tokens: 7 } });
  });

  it('fills the context where no limit is sent, and returns ids where they are asked for', async () => {
    const response = await worker.post('/v1/chat/completions', { messages: MESSAGES, return_token_ids: true, ignore_eos: true });
    const body = (await response.json()) as { prompt_token_ids: number[]; choices: { token_ids: number[]; finish_reason: string }[] };

    expect(body.prompt_token_ids).toEqual(model.tokenizer.encode(PROMPT));
    expect(body.choices[0]?.token_ids).toHaveLength(256 - body.prompt_token_ids.length);
    expect(body.choices[0]?.finish_reason).toBe('length');
  });

  it.each([
    ['messages', { messages: [] }],
    ['messages', { messages: [{ content: 'no role' }] }],
    ['top_logprobs', { messages: MESSAGES, top_logprobs: 3 }],
    ['tool_choice', { messages: MESSAGES, tool_choice: 'required' }],
  ])('names %s where it is wrong (%#)', async (param, body) => {
    const response = await worker.post('/v1/chat/completions', body);

    expect([response.status, await response.json()]).toMatchObject([400, { error: { param, code: 'invalid_request' } }]);
  });
});
