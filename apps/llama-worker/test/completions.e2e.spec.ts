import type { VllmCompletion, VllmCompletionChunk } from '@interleave/contracts';
import { readJsonEvents, readServerSentEvents } from '@interleave/testing';
import { scriptedModel } from './support/scripted-model';
import { startWorker } from './support/worker-under-test';
import type { WorkerUnderTest } from './support/worker-under-test';

const ANSWERS: Readonly<Record<string, string>> = {
  hello: 'Hello there.',
  code: 'Let me see.\n```python\nprint(1)\n```output\n1',
  smile: 'So: 😀!',
};

async function chunksOf(response: Response): Promise<VllmCompletionChunk[]> {
  const chunks: VllmCompletionChunk[] = [];
  for await (const chunk of readJsonEvents<VllmCompletionChunk>(response)) chunks.push(chunk);
  return chunks;
}

describe('POST /v1/completions', () => {
  const model = scriptedModel({
    reply: (prompt, seed) => ANSWERS[prompt.replace('<|im_start|>', '')] ?? `${prompt}/${seed}`,
    words: ['```python', '```output'],
    sequences: 4,
  });
  const ids = (text: string) => model.tokenizer.encode(text);
  let worker: WorkerUnderTest;
  const complete = async (body: Record<string, unknown>): Promise<VllmCompletion> => {
    const response = await worker.post('/v1/completions', { temperature: 0, max_tokens: 100, ...body });
    expect(response.status).toBe(200);
    return (await response.json()) as VllmCompletion;
  };
  const stream = async (body: Record<string, unknown>) =>
    chunksOf(await worker.post('/v1/completions', { temperature: 0, max_tokens: 100, stream: true, ...body }));

  beforeAll(async () => {
    worker = await startWorker(model);
  });
  afterAll(() => worker.close());

  it('answers a text to the end of sequence, whose id is returned and whose text is hidden', async () => {
    const completion = await complete({ prompt: 'hello', return_token_ids: true });

    expect(completion).toMatchObject({
      id: expect.stringMatching(/^cmpl-/),
      object: 'text_completion',
      model: 'demo',
      choices: [
        {
          index: 0,
          text: 'Hello there.',
          finish_reason: 'stop',
          stop_reason: null,
          token_ids: [...ids('Hello there.'), model.tokenizer.endId],
          prompt_token_ids: ids('hello'),
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 13, total_tokens: 18 },
    });
  });

  it('leaves ids out where they are not asked for', async () => {
    const { choices } = await complete({ prompt: 'hello' });

    expect(choices[0]).not.toHaveProperty('token_ids');
    expect(choices[0]).not.toHaveProperty('prompt_token_ids');
  });

  it('ends at a stop string with the whole token that completed it, and names the stop', async () => {
    const body = { prompt: 'code', stop: ['nothing', '```out'], return_token_ids: true };
    const expected = { finish_reason: 'stop', stop_reason: '```out', token_ids: ids('Let me see.\n```python\nprint(1)\n```output') };

    expect((await complete({ ...body, include_stop_str_in_output: true })).choices[0]).toMatchObject({
      ...expected,
      text: 'Let me see.\n```python\nprint(1)\n```out',
    });
    expect((await complete(body)).choices[0]).toMatchObject({ ...expected, text: 'Let me see.\n```python\nprint(1)\n' });
  });

  it('streams one id a chunk, the prompt ids in the first chunk, usage in a chunk without choices, then [DONE]', async () => {
    const response = await worker.post('/v1/completions', {
      prompt: ids('code'),
      max_tokens: 100,
      stream: true,
      stop: '```output',
      include_stop_str_in_output: true,
      return_token_ids: true,
      stream_options: { include_usage: true },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const frames: string[] = [];
    for await (const { data } of readServerSentEvents(response)) frames.push(data);

    expect(frames.at(-1)).toBe('[DONE]');
    const chunks = frames.slice(0, -1).map((data) => JSON.parse(data) as VllmCompletionChunk);
    const usage = chunks.pop();
    const text = ANSWERS['code']?.replace('\n1', '') ?? '';
    expect(usage).toMatchObject({ choices: [], usage: { completion_tokens: ids(text).length } });
    expect(chunks.map(({ choices }) => choices[0]?.token_ids)).toEqual(ids(text).map((id) => [id]));
    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe(text);
    expect(chunks.map(({ choices }) => choices[0]?.prompt_token_ids !== undefined)).toEqual(chunks.map((_, index) => index === 0));
    expect(chunks.at(-1)?.choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: '```output' });
    expect(chunks.at(-2)?.choices[0]).toMatchObject({ finish_reason: null });
    expect(usage?.usage?.prompt_tokens_details).toEqual({ cached_tokens: expect.any(Number) });
  });

  it('holds text back while it may be a stop string, but never ids', async () => {
    const chunks = await stream({ prompt: 'smile', stop: ['o: x'], return_token_ids: true });

    expect(chunks.map(({ choices }) => choices[0]?.text)).toEqual(['S', '', '', '', '', '', '', 'o: 😀', '!', '']);
    expect(chunks.flatMap(({ choices }) => choices[0]?.token_ids ?? [])).toEqual([...ids('So: 😀!'), model.tokenizer.endId]);
  });

  it('gives n answers for each of several prompts, prompt by prompt, seeded apart', async () => {
    const { choices, usage } = await complete({ prompt: ['a', 'bb'], n: 2, seed: 5, temperature: 1 });

    expect(choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'a/5'],
      [1, 'a/6'],
      [2, 'bb/5'],
      [3, 'bb/6'],
    ]);
    expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 18 });
  });

  it('streams several answers through one another, each under its index', async () => {
    const chunks = await stream({ prompt: ['a', 'bb'], n: 3, seed: 1, temperature: 1 });
    const texts = new Map<number, string>();
    for (const choice of chunks.flatMap(({ choices }) => choices)) texts.set(choice.index, (texts.get(choice.index) ?? '') + choice.text);

    expect([...texts].sort(([left], [right]) => left - right).map(([, text]) => text)).toEqual([
      'a/1',
      'a/2',
      'a/3',
      'bb/1',
      'bb/2',
      'bb/3',
    ]);
  });

  it('stops at a token id, and at 16 tokens where no number is sent', async () => {
    const id = ids('\n')[0] ?? 0;

    expect((await complete({ prompt: 'code', stop_token_ids: [id] })).choices[0]).toMatchObject({ text: 'Let me see.', stop_reason: id });
    expect(await complete({ prompt: 'code', max_tokens: null })).toMatchObject({
      choices: [{ finish_reason: 'length', stop_reason: null }],
      usage: { completion_tokens: 16 },
    });
  });

  it('returns log probabilities token by token, streamed or not', async () => {
    const body = { prompt: 'hello', max_tokens: 2, logprobs: 1 };
    const expected = {
      tokens: ['H', 'e'],
      token_logprobs: [-0.5, -0.5],
      text_offset: [0, 1],
      top_logprobs: [{ H: -0.5 }, { e: -0.5 }],
    };

    expect((await complete(body)).choices[0]?.logprobs).toEqual(expected);
    const chunks = await stream(body);
    expect(chunks.flatMap(({ choices }) => choices[0]?.logprobs?.tokens ?? [])).toEqual(expected.tokens);
    expect(chunks.flatMap(({ choices }) => choices[0]?.logprobs?.text_offset ?? [])).toEqual(expected.text_offset);
    expect((await complete({ ...body, logprobs: null })).choices[0]?.logprobs).toBeNull();
  });

  it('says how much of the prompt it did not have to compute again', async () => {
    const first = await complete({ prompt: ids('a growing trajectory'), return_token_ids: true });
    const trajectory = [...ids('a growing trajectory'), ...(first.choices[0]?.token_ids ?? []), ...ids('more')];
    const { usage } = await complete({ prompt: trajectory });

    // All but the last generated token, which never went through the model.
    expect(usage?.prompt_tokens_details?.cached_tokens).toBe(trajectory.length - ids('more').length - 1);
  });
});
