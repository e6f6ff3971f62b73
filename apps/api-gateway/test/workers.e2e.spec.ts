import { continuing, FakeVllm, LoopbackServer, readyWorker, waitUntil } from '@interleave/testing';
import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

const TRANSCRIPT = `${CALL}\n408\n\`\`\`\n${ANSWER}`;
const script = continuing(({ promptText }) => (promptText.includes('408') ? ANSWER : CALL));

describe('a worker that fails', () => {
  let gateway: GatewayUnderTest;

  beforeEach(async () => {
    gateway = await GatewayUnderTest.start({ workers: [{ script: [] }, { script: [] }], tools: { script: () => '408\n' } });
  });
  afterEach(() => gateway.stop());

  it.each([
    { kind: 'cut', afterTokens: 4 } as const,
    { kind: 'abort', afterTokens: 4 } as const,
    { kind: 'error-frame', afterTokens: 4 } as const,
    { kind: 'malformed-frame', afterTokens: 4 } as const,
    { kind: 'hang-up' } as const,
    { kind: 'status', status: 500 } as const,
  ])('in mid-round by %j is replaced, and the client sees one answer', async (fault) => {
    let hasFailed = false;
    for (const worker of gateway.workers) {
      worker.play((prompt) => {
        const { text } = typeof script === 'function' ? (script(prompt) as { text: string }) : { text: '' };
        if (hasFailed) return { text };
        hasFailed = true;
        return { text, fault };
      });
    }

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });

    expect(completion.choices[0]?.message.content).toBe(TRANSCRIPT);
    expect(gateway.tools.executions).toHaveLength(1);
  });

  it('is waited for when it is the only one and comes back', async () => {
    const [first, second] = gateway.workers;
    gateway.pool.publishWorkers([readyWorker({ url: first!.url, id: 'w0', api_key: 'worker-key', status: 'backoff' })]);
    await waitUntil(async () => (await fetch(`${gateway.url}/ready`)).status === 503, 3000);
    second!.play([ANSWER]);
    const answer = gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });
    gateway.pool.publishWorkers([readyWorker({ url: second!.url, id: 'w0', api_key: 'worker-key', restarts: 1 })]);

    await expect(answer).resolves.toMatchObject({ choices: [{ message: { content: ANSWER } }] });
  });

  it('for good is told as 503 with a code', async () => {
    gateway.pool.publishWorkers([readyWorker({ url: 'http://127.0.0.1:9', id: 'w0', status: 'failed', error: 'CUDA is out of memory.' })]);
    await waitUntil(async () => (await fetch(`${gateway.url}/ready`)).status === 503, 3000);

    await expect(gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION })).rejects.toMatchObject({
      status: 503,
      code: 'no_worker',
    });
  });

  it('does not concern trajectories while model-pool is away', async () => {
    gateway.pool.cutWatchers();
    await gateway.pool.stop();
    for (const worker of gateway.workers) worker.play([ANSWER]);

    await expect(gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION })).resolves.toBeDefined();
  });
});

describe('a worker that says nothing any more', () => {
  let gateway: GatewayUnderTest | null = null;
  let asked = 0;
  const hung = new LoopbackServer(() => void (asked += 1));

  beforeAll(() => hung.start(0));
  afterAll(() => hung.stop());
  afterEach(() => gateway?.stop());

  it('is left at once when model-pool ends it, however long it takes to end', async () => {
    // Nobody else finds out that it is silent.
    gateway = await GatewayUnderTest.start({
      workers: [{ script: [] }, { script: [] }],
      tools: { script: () => '408\n' },
      environment: { WORKER_PROBE_INTERVAL: '600' },
    });
    const { workers, pool } = gateway;
    let stalled: FakeVllm | null = null;
    for (const worker of workers) {
      worker.play((prompt) => {
        const reply = typeof script === 'function' ? (script(prompt) as { text: string }) : { text: '' };
        if (stalled) return reply;
        stalled = worker;
        return { ...reply, fault: { kind: 'stall', afterTokens: 4 } };
      });
    }

    const answer = gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });
    await waitUntil(() => stalled !== null, 5_000);
    const rowOf = (worker: FakeVllm, index: number) => readyWorker({ url: worker.url, id: `w${index}`, api_key: 'worker-key' });
    pool.publishWorkers(
      workers.map((worker, index) => ({
        ...rowOf(worker, index),
        status: worker === stalled ? ('stopping' as const) : ('ready' as const),
      })),
    );

    expect((await answer).choices[0]?.message.content).toBe(TRANSCRIPT);
    expect(gateway.tools.executions).toHaveLength(1);
  });

  it('when it is asked about its tokenizer is left for another one', async () => {
    gateway = await GatewayUnderTest.start({ workers: [], environment: { WORKER_PROBE_INTERVAL: '0.1' } });
    const { pool, url } = gateway;
    const worker = await FakeVllm.start({ apiKey: 'worker-key', script: [ANSWER] });
    const silent = readyWorker({ url: hung.url, id: 'silent' });
    pool.publishWorkers([silent]);
    await waitUntil(async () => (await fetch(`${url}/ready`)).ok, 5_000);

    const answer = gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });
    await waitUntil(() => asked > 0, 5_000);
    pool.publishWorkers([silent, readyWorker({ url: worker.url, id: 'w0', api_key: 'worker-key' })]);

    expect((await answer).choices[0]?.message.content).toBe(ANSWER);
    await worker.stop();
  }, 20_000);
});

describe('a worker with a shorter context than the one before it', () => {
  let gateway: GatewayUnderTest | null = null;

  afterEach(() => gateway?.stop());

  it('takes a round over with the room that it has', async () => {
    gateway = await GatewayUnderTest.start({
      workers: [
        { script: [], maxModelLen: 4096 },
        { script: [], maxModelLen: 1024 },
      ],
      tools: { script: () => '408\n' },
    });
    // The first round is had from the long one only, the second one from the short one only.
    gateway.workers.forEach((worker, index) =>
      worker.play((prompt) => {
        const reply = typeof script === 'function' ? (script(prompt) as { text: string }) : { text: '' };
        const round = prompt.promptText.includes('408') ? 1 : 0;
        return round === index ? reply : { ...reply, fault: { kind: 'hang-up' } };
      }),
    );

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });

    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: TRANSCRIPT } });
  });
});

describe('a client that goes away', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start();
  });
  afterAll(() => gateway.stop());

  it.each([true, false])('frees the sequence of its worker at once (stream: %s)', async (stream) => {
    gateway.worker.play([{ text: 'word ', finish: 'endless', delayMsPerToken: 5 }]);
    const abort = new AbortController();
    const before = gateway.worker.disconnects;
    const answer = gateway
      .post('/v1/chat/completions', { model: 'demo', messages: QUESTION, stream }, { signal: abort.signal })
      .then((response) => response.text());
    await waitUntil(() => gateway.worker.running === 1, 3000);
    abort.abort();

    await expect(answer).rejects.toThrow();
    await waitUntil(() => gateway.worker.running === 0 && gateway.worker.disconnects === before + 1, 3000);
  });

  it('interrupts the code that runs for it and gives the sandbox back', async () => {
    gateway.worker.play([CALL]);
    gateway.tools.play(() => ({ isStalled: true }));
    const abort = new AbortController();
    const answer = gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION }, { signal: abort.signal });
    await waitUntil(() => gateway.tools.executions.at(-1)?.outcome === 'running', 3000);
    abort.abort();

    await expect(answer).rejects.toThrow();
    await waitUntil(() => gateway.tools.abortedExecutions === 1 && gateway.tools.activeSessions === 0, 3000);
  });
});

describe('too much at once', () => {
  it('waits for its turn, and is refused with 429 and retry-after once the queue is full', async () => {
    const gateway = await GatewayUnderTest.start({ environment: { MAX_CONCURRENT_TRAJECTORIES: '1', MAX_QUEUED_TRAJECTORIES: '1' } });
    try {
      gateway.worker.play(() => ({ text: ANSWER, delayMsPerToken: 20 }));
      const ask = () => gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION });
      const answers = await Promise.all([ask(), ask(), ask()]);

      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
      const refused = answers.find(({ status }) => status === 429)!;
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'busy' } });
    } finally {
      await gateway.stop();
    }
  });

  it('lets n run in waves where it is larger than the limit', async () => {
    const gateway = await GatewayUnderTest.start({ environment: { MAX_CONCURRENT_TRAJECTORIES: '2' } });
    try {
      gateway.worker.play(() => ANSWER);

      const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, n: 5 });

      expect(completion.choices.map(({ message }) => message.content)).toEqual(Array(5).fill(ANSWER));
    } finally {
      await gateway.stop();
    }
  });

  it('keeps running when a sandbox is not free at once', async () => {
    const gateway = await GatewayUnderTest.start({ tools: { script: () => '408\n' } });
    try {
      gateway.worker.play([CALL, ANSWER]);
      gateway.tools.refusedSessions = 1;

      await expect(gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION })).resolves.toMatchObject({
        choices: [{ finish_reason: 'stop' }],
      });
    } finally {
      await gateway.stop();
    }
  });

  it.each(['loseSession', 'expireSession'] as const)(
    'says that variables are gone when a session ends between two calls: %s',
    async (end) => {
      const gateway = await GatewayUnderTest.start({ tools: { script: () => '408\n' } });
      try {
        gateway.worker.play((prompt) => {
          if (prompt.number === 1) gateway.tools[end](gateway.tools.openedSessions[0]!);
          return [CALL, CALL.replace('12', '13'), ANSWER][prompt.number]!;
        });

        const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });

        expect(completion.choices[0]?.message.content).toContain('variables and imports of earlier calls are gone');
      } finally {
        await gateway.stop();
      }
    },
  );
});

describe('workers that someone else runs', () => {
  it('are found by their URL and asked with their key', async () => {
    const worker = await FakeVllm.start({ apiKey: 'theirs', script: [ANSWER] });
    const environment = { WORKER_URLS: `${worker.url}/v1`, EXTERNAL_WORKER_KEY: 'theirs' };
    const gateway = await GatewayUnderTest.start({ workers: [], environment });
    try {
      await waitUntil(async () => (await fetch(`${gateway.url}/ready`)).ok, 5000);

      const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });

      expect(completion.choices[0]?.message.content).toBe(ANSWER);
    } finally {
      await gateway.stop();
      await worker.stop();
    }
  });

  it('are left alone while they sleep, until somebody wakes them', async () => {
    const worker = await FakeVllm.start({ hasSleepMode: true, script: [ANSWER] });
    const gateway = await GatewayUnderTest.start({ workers: [], environment: { WORKER_URLS: worker.url } });
    const isReady = async (): Promise<boolean> => (await fetch(`${gateway.url}/ready`)).ok;
    try {
      await waitUntil(isReady, 15_000);
      await fetch(`${worker.url}/sleep`, { method: 'POST' });
      await waitUntil(async () => !(await isReady()), 15_000);

      const completion = gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });
      await new Promise((resolve) => setTimeout(resolve, 500));
      await fetch(`${worker.url}/wake_up`, { method: 'POST' });

      expect((await completion).choices[0]?.message.content).toBe(ANSWER);
      const paths = worker.calls.map(({ path }) => path);
      expect(paths.indexOf('/v1/completions')).toBeGreaterThan(paths.indexOf('/wake_up'));
    } finally {
      await gateway.stop();
      await worker.stop();
    }
  });
});
