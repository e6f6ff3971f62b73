import { once } from 'node:events';
import { readJsonEvents, waitUntil } from '@interleave/testing';
import { describeWithModel } from './support/describe-with-model';
import { LiveWorker } from './support/live-worker';

const MESSAGES = [{ role: 'user', content: 'What is 345 times 45?' }];
const FREE_RUN = { max_tokens: 48, ignore_eos: true } as const;

describeWithModel('llama-worker with a real model', (files) => {
  let worker: LiveWorker;
  let prompt: number[];

  beforeAll(async () => {
    worker = await LiveWorker.start(files, { PARALLEL_SEQUENCES: '8' });
    prompt = await worker.tokenize({ messages: MESSAGES });
  });
  afterAll(() => worker.end());

  it('renders the chat template into ids and back into the same text', async () => {
    const text = await worker.detokenize(prompt);

    expect(text).toContain(MESSAGES[0]?.content);
    expect(await worker.tokenize({ prompt: text, add_special_tokens: false })).toEqual(prompt);
  });

  it('generates the same tokens at temperature 0, alone and among others', async () => {
    const alone = await worker.complete({ prompt, ...FREE_RUN });
    const others = Array.from({ length: 7 }, (_, index) => worker.complete({ prompt: `Others talk, number ${index}.`, ...FREE_RUN }));
    const among = await worker.complete({ prompt, ...FREE_RUN });
    await Promise.all(others);

    expect(among.choices[0]?.token_ids).toEqual(alone.choices[0]?.token_ids);
    expect(among.choices[0]?.token_ids).toHaveLength(48);
  });

  it('repeats itself with the same seed and not with another', async () => {
    const sample = async (seed: number) => (await worker.complete({ prompt, ...FREE_RUN, temperature: 2, seed })).choices[0]?.token_ids;

    expect(await sample(7)).toEqual(await sample(7));
    expect(await sample(7)).not.toEqual(await sample(8));
  });

  it('reuses the prefix of a growing trajectory', async () => {
    const [extra = []] = [await worker.tokenize({ prompt: 'And what is 2 + 2?', add_special_tokens: false })];
    const first = await worker.complete({ prompt, ...FREE_RUN });
    const trajectory = [...prompt, ...(first.choices[0]?.token_ids ?? []), ...extra];
    const second = await worker.complete({ prompt: trajectory, ...FREE_RUN });

    expect(second.usage?.prompt_tokens_details?.cached_tokens).toBe(trajectory.length - extra.length - 1);
    const fresh = await LiveWorker.start(files, { PARALLEL_SEQUENCES: '1' });
    const recomputed = await fresh.complete({ prompt: trajectory, ...FREE_RUN });
    await fresh.end();
    expect(recomputed.usage?.prompt_tokens_details?.cached_tokens).toBe(0);
    expect(second.choices[0]?.token_ids?.slice(0, 8)).toEqual(recomputed.choices[0]?.token_ids?.slice(0, 8));
  });

  it('computes a prompt once for all of its answers, which then go ways of their own', async () => {
    const long = [...Array.from({ length: 40 }, () => prompt).flat(), ...prompt.slice(0, 5)];
    const hitsBefore = await worker.metric('vllm:prefix_cache_hits_total');
    const several = await worker.complete({ prompt: long, n: 4, ...FREE_RUN });
    const hits = (await worker.metric('vllm:prefix_cache_hits_total')) - hitsBefore;
    const sampled = await worker.complete({ prompt: long, n: 4, ...FREE_RUN, temperature: 2, seed: 1 });

    expect(hits).toBeGreaterThan(3 * (long.length - 64));
    expect(new Set(several.choices.map(({ token_ids: ids }) => JSON.stringify(ids))).size).toBe(1);
    expect(new Set(sampled.choices.map(({ token_ids: ids }) => JSON.stringify(ids))).size).toBe(4);
  });

  it('gives streamed the text and the ids that it gives at once', async () => {
    const whole = await worker.complete({ prompt, ...FREE_RUN });
    const response = await worker.post('/v1/completions', { prompt, ...FREE_RUN, temperature: 0, stream: true, return_token_ids: true });
    let text = '';
    const ids: number[] = [];
    for await (const { choices } of readJsonEvents<{ choices: { text: string; token_ids: number[] }[] }>(response)) {
      text += choices[0]?.text ?? '';
      ids.push(...(choices[0]?.token_ids ?? []));
    }

    expect({ text, ids }).toEqual({ text: whole.choices[0]?.text, ids: whole.choices[0]?.token_ids });
  });

  it('cuts at a stop string, wherever it falls within the tokens', async () => {
    const free = await worker.complete({ prompt, ...FREE_RUN });
    const text = free.choices[0]?.text ?? '';
    const stop = text.slice(9, 13);
    const end = text.indexOf(stop) + stop.length;
    const included = await worker.complete({ prompt, ...FREE_RUN, stop: [stop], include_stop_str_in_output: true });
    const hidden = await worker.complete({ prompt, ...FREE_RUN, stop: [stop] });

    expect(included.choices[0]).toMatchObject({ text: text.slice(0, end), finish_reason: 'stop', stop_reason: stop });
    expect(hidden.choices[0]?.text).toBe(text.slice(0, end - stop.length));
    expect(hidden.choices[0]?.token_ids).toEqual(included.choices[0]?.token_ids);
  });

  it("reads the model's own probabilities, whatever the temperature", async () => {
    const greedy = await worker.complete({ prompt, max_tokens: 4, ignore_eos: true, logprobs: 5 });
    const sampled = await worker.complete({ prompt, max_tokens: 4, ignore_eos: true, logprobs: 5, temperature: 1.5, seed: 3 });
    const likeliest = (completion: typeof greedy) => Math.max(...Object.values(completion.choices[0]?.logprobs?.top_logprobs[0] ?? {}));

    expect(greedy.choices[0]?.logprobs?.token_logprobs[0]).toBeCloseTo(likeliest(greedy), 6);
    expect(likeliest(sampled)).toBeCloseTo(likeliest(greedy), 3);
    const total = Object.values(greedy.choices[0]?.logprobs?.top_logprobs[0] ?? {}).reduce((sum, logprob) => sum + Math.exp(logprob), 0);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThanOrEqual(1.0001);
  });

  it('applies penalties, biases and a least length', async () => {
    const [first = 0] = (await worker.complete({ prompt, ...FREE_RUN })).choices[0]?.token_ids ?? [];
    const banned = await worker.complete({ prompt, ...FREE_RUN, logit_bias: { [first]: -100 } });
    const penalised = await worker.complete({ prompt, ...FREE_RUN, presence_penalty: 2, frequency_penalty: 2, repetition_penalty: 1.5 });
    const long = await worker.complete({ prompt, max_tokens: 40, min_tokens: 40 });

    expect(banned.choices[0]?.token_ids?.[0]).not.toBe(first);
    expect(new Set(penalised.choices[0]?.token_ids).size).toBeGreaterThan(24);
    expect(long.usage?.completion_tokens).toBe(40);
  });

  it('fills the context to its last token', async () => {
    const { data } = (await (await fetch(`${worker.url}/v1/models`)).json()) as { data: { max_model_len: number }[] };
    const length = data[0]?.max_model_len ?? 0;
    const start = [...prompt, ...Array.from({ length: length - prompt.length - 20 }, (_, index) => prompt[index % prompt.length] ?? 0)];
    const full = await worker.complete({ prompt: start, max_tokens: 20, ignore_eos: true });

    expect(full).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { total_tokens: length } });
    const beyond = await worker.post('/v1/completions', { prompt: start, max_tokens: 21 });
    expect([beyond.status, await beyond.json()]).toMatchObject([400, { error: { code: 'context_length_exceeded' } }]);
  });

  it('serves more requests than it has sequences', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => worker.complete({ prompt: `Request ${index}`, ...FREE_RUN })),
    );

    expect(answers.every(({ usage }) => usage?.completion_tokens === 48)).toBe(true);
  });

  it('stops generating for a client that went away', async () => {
    const leaving = new AbortController();
    const response = await worker.post('/v1/completions', { prompt, max_tokens: 1500, ignore_eos: true, stream: true }, leaving.signal);
    for await (const chunk of readJsonEvents<{ choices: unknown[] }>(response)) {
      expect(chunk.choices).toHaveLength(1);
      break;
    }
    leaving.abort();

    await waitUntil(async () => (await worker.metric('vllm:num_requests_running')) === 0, 2000);
  });

  it('lets a running answer finish at SIGTERM and exits with 0', async () => {
    const other = await LiveWorker.start(files);
    const running = other.complete({ prompt, max_tokens: 400, ignore_eos: true });
    await waitUntil(async () => (await other.metric('vllm:num_requests_running')) === 1, 5000);
    const status = other.end();

    expect((await running).usage?.completion_tokens).toBe(400);
    expect(await status).toBe(0);
  });

  it('refuses a wrong path in one sentence', async () => {
    const child = LiveWorker.spawn(files.program, { MODEL_PATH: '/nowhere/model.gguf' });
    const [status] = (await once(child.process, 'exit')) as [number];

    expect([status, child.output()]).toEqual([
      1,
      'llama-worker: MODEL_PATH is /nowhere/model.gguf, which does not exist: set it to a GGUF file, or to a folder that holds exactly one.\n',
    ]);
  });
});
