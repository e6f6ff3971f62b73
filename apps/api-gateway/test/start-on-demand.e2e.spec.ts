import { FakeVllm, readyWorker, waitUntil } from '@interleave/testing';
import { ANSWER, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

describe('a request for a model that no worker runs', () => {
  const deployments = [{ name: 'demo', served_names: ['demo'], starts_on_demand: true }];
  let gateway: GatewayUnderTest;
  let worker: FakeVllm;

  beforeEach(async () => {
    gateway = await GatewayUnderTest.start({ workers: [] });
    worker = await FakeVllm.start({ apiKey: 'worker-key', script: [ANSWER] });
    gateway.pool.publish({ revision: 2, workers: [], deployments });
    await waitUntil(async () => (await fetch(`${gateway.url}/ready`)).ok, 5_000);
  });
  afterEach(async () => {
    await gateway.stop();
    await worker.stop();
  });

  const ask = (signal?: AbortSignal) =>
    gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION }, signal ? { signal } : {});
  const told = (): string[] => gateway.pool.demand.map(({ deployment, requests }) => `${deployment} ${requests}`);

  it('is listed, told to model-pool again and again, and answered once a worker is ready', async () => {
    expect(await (await fetch(`${gateway.url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'demo' }] });
    const answer = ask();
    await waitUntil(() => told().length >= 3, 10_000, 'it is not told again');
    expect(new Set(told())).toEqual(new Set(['demo 1']));

    gateway.pool.publishWorkers([readyWorker({ url: worker.url, api_key: 'worker-key' })]);

    expect((await answer).choices[0]?.message.content).toBe(ANSWER);
    await waitUntil(() => told().at(-1) === 'demo 0', 5_000, 'nobody waits any more, but that is not told');
    expect(new Set(gateway.pool.demand.map((report) => report.gateway)).size).toBe(1);
  });

  it('is not counted any more when its client has left', async () => {
    const abort = new AbortController();
    const answer = ask(abort.signal);
    await waitUntil(() => told().includes('demo 1'), 5_000);
    abort.abort();

    await expect(answer).rejects.toThrow();
    await waitUntil(() => told().at(-1) === 'demo 0', 5_000, 'it still counts');
  });

  it('is told why the start failed', async () => {
    const answer = ask();
    answer.catch(() => undefined);
    await waitUntil(() => told().includes('demo 1'), 5_000);
    gateway.pool.publishWorkers([readyWorker({ url: '', status: 'failed', error: 'CUDA is out of memory.' })]);

    await expect(answer).rejects.toMatchObject({ status: 503, code: 'no_worker', message: expect.stringContaining('CUDA') as string });
  });

  it('for another model is a 404 as ever', async () => {
    await expect(gateway.client().chat.completions.create({ model: 'nope', messages: QUESTION })).rejects.toMatchObject({ status: 404 });
  });
});

describe('requests that are not let in because all workers of their model are full', () => {
  it('count as such that wait for another worker, until they are in', async () => {
    const gateway = await GatewayUnderTest.start({ environment: { TRAJECTORIES_PER_SEQUENCE: '1' } });
    const deployments = [{ name: 'demo', served_names: ['demo', 'other-name'], starts_on_demand: false }];
    const told = (): string[] => gateway.pool.demand.map(({ deployment, requests }) => `${deployment} ${requests}`);
    gateway.worker.play([{ text: 'a word', finish: 'endless', delayMsPerToken: 20 }]);
    const row = readyWorker({ url: gateway.worker.url, id: 'w0', api_key: 'worker-key', max_running: 1 });
    gateway.pool.publish({ revision: 2, workers: [row], deployments });
    await waitUntil(async () => (await (await fetch(`${gateway.url}/v1/models`)).text()).includes('other-name'), 5_000);
    const [first, second] = [new AbortController(), new AbortController()];
    const ask = (signal: AbortSignal) =>
      gateway
        .client()
        .chat.completions.create({ model: 'demo', messages: QUESTION }, { signal })
        .catch(() => undefined);
    const asked = [ask(first.signal)];
    await waitUntil(() => gateway.worker.running === 1, 5_000);
    asked.push(ask(second.signal));

    await waitUntil(() => told().includes('demo 1'), 5_000, 'nobody hears of the one that waits');
    first.abort();
    await waitUntil(() => told().at(-1) === 'demo 0', 5_000, 'it is in, and still counts');
    second.abort();
    await Promise.all(asked);
    await gateway.stop();
  });
});
