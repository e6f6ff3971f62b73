import type { WorkerRow } from '@interleave/contracts';
import { readyWorker, waitUntil } from '@interleave/testing';
import { ANSWER, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

const ENDLESS = { text: 'word ', finish: 'endless', delayMsPerToken: 5 } as const;

describe('the room that workers have', () => {
  let gateway: GatewayUnderTest;

  afterEach(async () => {
    await gateway.stop();
  });

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
    gateway = await GatewayUnderTest.start({
      workers: [{ script: [] }, { script: [], servedNames: ['other'] }, { script: [] }],
      environment: { TRAJECTORIES_PER_SEQUENCE: '1', ...environment },
    });
  };
  /** The worker in this place, as model-pool tells of it. */
  const row = (place: number, changes: Partial<WorkerRow> = {}): WorkerRow => {
    const { url, servedNames: served_names } = gateway.workers[place]!;
    return readyWorker({ id: `w${place}`, url, served_names, api_key: 'worker-key', max_running: 1, ...changes });
  };
  /** The gateway has taken the table in. */
  const publish = async (...rows: readonly WorkerRow[]): Promise<void> => {
    const names = [...new Set(rows.flatMap(({ served_names }) => served_names)), `mark-${Math.random()}`];
    gateway.pool.publishWorkers([...rows, readyWorker({ id: 'mark', url: 'http://127.0.0.1:9', served_names: names.slice(-1) })]);
    await waitUntil(async () => {
      const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as { data: { id: string }[] };
      return data.at(-1)?.id === names.at(-1);
    }, 3000);
  };
  const ask = (model: string, signal?: AbortSignal): Promise<Response> =>
    gateway.post('/v1/chat/completions', { model, messages: QUESTION }, signal ? { signal } : {});

  it('bounds the trajectories of a model, holds up no other model, and grows with a worker that comes', async () => {
    await start();
    await publish(row(0), row(1));
    gateway.workers[0]!.play([ENDLESS, ANSWER]);
    gateway.workers[1]!.play(() => ANSWER);
    gateway.workers[2]!.play(() => ANSWER);
    const leaving = new AbortController();
    const first = ask('demo', leaving.signal);
    await waitUntil(() => gateway.workers[0]!.running === 1, 3000);
    let isIn = false;
    const second = ask('demo').then((answer) => ((isIn = true), answer));

    expect((await ask('other')).status).toBe(200);
    expect([isIn, gateway.workers[0]!.completions.length]).toEqual([false, 1]);

    await publish(row(0), row(1), row(2));
    expect((await second).status).toBe(200);
    expect([gateway.workers[0]!.completions.length, gateway.workers[2]!.completions.length]).toEqual([1, 1]);
    leaving.abort();
    await expect(first).rejects.toThrow();
  });

  it('is waited for until the deadline, then refused with 429 and retry-after', async () => {
    await start({ QUEUE_TIMEOUT: '0.2' });
    await publish(row(0));
    gateway.workers[0]!.play(() => ENDLESS);
    const leaving = new AbortController();
    const first = ask('demo', leaving.signal);
    await waitUntil(() => gateway.workers[0]!.running === 1, 3000);

    const refused = await gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION, stream: true });

    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: 'busy', type: 'rate_limit_error' } });
    expect(gateway.workers[0]!.completions).toHaveLength(1);
    leaving.abort();
    await expect(first).rejects.toThrow();
  });

  it('has a large n run in waves', async () => {
    await start();
    await publish(row(0, { max_running: 2 }));
    let most = 0;
    gateway.workers[0]!.play(() => {
      most = Math.max(most, gateway.workers[0]!.running);
      return { text: ANSWER, delayMsPerToken: 2 };
    });

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, n: 7 });

    expect(completion.choices.map(({ message }) => message.content)).toEqual(Array(7).fill(ANSWER));
    expect(most).toBe(2);
  });
});
