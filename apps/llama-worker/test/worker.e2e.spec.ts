import { readJsonEvents, waitUntil } from '@interleave/testing';
import { scriptedModel } from './support/scripted-model';
import { startWorker } from './support/worker-under-test';
import type { WorkerUnderTest } from './support/worker-under-test';

const LONG = { prompt: 'x', max_tokens: 200, ignore_eos: true };

describe('worker', () => {
  let worker: WorkerUnderTest;
  const start = async (script: Parameters<typeof scriptedModel>[0] = {}, environment = {}) => {
    worker = await startWorker(scriptedModel(script), environment);
    return worker;
  };
  const metric = async (name: string): Promise<number> => {
    const text = await (await worker.get('/metrics')).text();
    return Number(new RegExp(`^${name}\\{.*\\} (.+)$`, 'm').exec(text)?.[1]);
  };

  afterEach(() => worker.close());

  it('lists its model under every name with the length of its context', async () => {
    await start();
    const { data } = (await (await worker.get('/v1/models')).json()) as { data: unknown[] };

    expect(data).toMatchObject([
      { id: 'demo', object: 'model', max_model_len: 256, max_running: expect.any(Number) as number },
      { id: 'alias', root: 'demo', max_model_len: 256 },
    ]);
    expect((await worker.get('/v1/models/alias')).status).toBe(200);
    expect((await (await worker.get('/version')).json()) as object).toMatchObject({ version: expect.any(String) });
  });

  it('asks for its key on every route but /health', async () => {
    await start();
    for (const path of ['/v1/models', '/metrics', '/ready', '/version']) expect((await worker.get(path, 'wrong')).status).toBe(401);
    expect((await worker.post('/tokenize', { prompt: 'x' }, { key: 'wrong' })).status).toBe(401);
    expect((await worker.get('/health', 'wrong')).status).toBe(200);
  });

  it('answers an unknown model with 404 and an overflow with a code of its own', async () => {
    await start();
    const unknown = await worker.post('/v1/completions', { prompt: 'x', model: 'other' });
    const overflow = await worker.post('/v1/completions', { prompt: 'x', max_tokens: 256 });
    const hopeless = await worker.post('/v1/completions', { prompt: 'x'.repeat(100_000) });

    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'model_not_found', param: 'model' } }]);
    expect([overflow.status, await overflow.json()]).toMatchObject([
      400,
      {
        error: { code: 'context_length_exceeded', message: expect.stringContaining("This model's maximum context length is 256 tokens.") },
      },
    ]);
    expect([hopeless.status, await hopeless.json()]).toMatchObject([
      400,
      { error: { code: 'context_length_exceeded', message: expect.stringContaining('100000 characters') } },
    ]);
  });

  it('reports load, tokens and finished requests under the names of vLLM', async () => {
    await start({ reply: () => 'ab' });
    worker.model.decoder.pause();
    const answering = worker.post('/v1/completions', { prompt: 'xyz' });
    await waitUntil(async () => (await metric('vllm:num_requests_running')) === 1, 2000);
    worker.model.decoder.resume();
    await answering;

    expect(await metric('vllm:num_requests_running')).toBe(0);
    expect(await metric('vllm:num_requests_waiting')).toBe(0);
    expect(await metric('vllm:prompt_tokens_total')).toBe(3);
    expect(await metric('vllm:generation_tokens_total')).toBe(3);
    expect(await metric('vllm:prefix_cache_queries_total')).toBe(3);
    expect(await metric('vllm:prefix_cache_hits_total')).toBe(0);
    expect(await metric('vllm:time_to_first_token_seconds_count')).toBe(1);
    expect(await metric('vllm:e2e_request_latency_seconds_count')).toBe(1);
    expect(await metric('vllm:kv_cache_usage_perc')).toBe(0);
    expect(await (await worker.get('/metrics')).text()).toMatch(/request_success_total\{.*model_name="demo".*finished_reason="stop".*\} 1/);
  });

  it('frees the sequence of a client that goes away', async () => {
    await start({ sequences: 1 });
    const leaving = new AbortController();
    const response = await worker.post('/v1/completions', { ...LONG, stream: true }, { signal: leaving.signal });
    for await (const chunk of readJsonEvents(response)) {
      expect(chunk).toHaveProperty('choices');
      break;
    }
    leaving.abort();

    await waitUntil(async () => (await metric('vllm:num_requests_running')) === 0, 2000);
    expect((await worker.post('/v1/completions', { prompt: 'y' })).status).toBe(200);
    expect(await (await worker.get('/metrics')).text()).toMatch(/finished_reason="abort".*\} 1/);
  });

  it('lets requests wait for a sequence, and refuses those beyond its queue with 503', async () => {
    await start({ sequences: 1 }, { MAX_WAITING_REQUESTS: '1' });
    worker.model.decoder.pause();
    const waiting = [worker.post('/v1/completions', LONG), worker.post('/v1/completions', LONG)];
    await waitUntil(async () => (await metric('vllm:num_requests_waiting')) === 1, 2000);
    const refused = await worker.post('/v1/completions', LONG);
    worker.model.decoder.resume();

    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'worker_busy' } }]);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('is unhealthy once its engine broke, and says so in a stream that was open', async () => {
    await start();
    expect((await worker.get('/health')).status).toBe(200);
    const response = await worker.post('/v1/completions', { ...LONG, stream: true });
    const chunks: { error?: { code: string } }[] = [];
    for await (const chunk of readJsonEvents<{ error?: { code: string } }>(response)) {
      chunks.push(chunk);
      worker.model.decoder.failure = new Error('Eval has failed');
    }

    expect(chunks.at(-1)).toMatchObject({ error: { code: 'worker_lost' } });
    expect((await worker.get('/health')).status).toBe(503);
    expect((await worker.post('/v1/completions', { prompt: 'x' })).status).toBe(503);
  });

  it('finishes what runs when it is shut down', async () => {
    await start();
    worker.model.decoder.pause();
    const running = worker.post('/v1/completions', LONG);
    await waitUntil(async () => (await metric('vllm:num_requests_running')) === 1, 2000);
    const closing = worker.close();
    worker.model.decoder.resume();

    expect((await running).status).toBe(200);
    await closing;
  });
});
