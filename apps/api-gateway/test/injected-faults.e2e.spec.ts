import { continuing, FakeTokenizer, waitUntil } from '@interleave/testing';
import type { FakeFault, FakePrompt, FakeReply, RecordedCall } from '@interleave/testing';
import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

const TRANSCRIPT = `${CALL}\n408\n\`\`\`\n${ANSWER}`;
/** What a round has brought when a fault in the middle of it strikes. */
const AFTER_TOKENS = 4;

/** Every point of a round at which a worker can fail. `takesOver`: another worker gets the same round. */
const FAULTS: readonly { readonly fault: FakeFault; readonly takesOver: boolean }[] = [
  { fault: { kind: 'refuse', forMs: 60_000 }, takesOver: true },
  { fault: { kind: 'hang-up' }, takesOver: true },
  { fault: { kind: 'status', status: 500 }, takesOver: true },
  { fault: { kind: 'status', status: 503 }, takesOver: true },
  { fault: { kind: 'status', status: 503, retryAfterSeconds: 30 }, takesOver: true },
  { fault: { kind: 'status', status: 429, retryAfterSeconds: 30 }, takesOver: true },
  { fault: { kind: 'cut', afterTokens: 0 }, takesOver: true },
  { fault: { kind: 'cut', afterTokens: AFTER_TOKENS }, takesOver: true },
  { fault: { kind: 'malformed-frame', afterTokens: AFTER_TOKENS }, takesOver: true },
  { fault: { kind: 'wrong-json', afterTokens: AFTER_TOKENS }, takesOver: true },
  { fault: { kind: 'error-frame', afterTokens: AFTER_TOKENS }, takesOver: true },
  { fault: { kind: 'huge-frame', afterTokens: AFTER_TOKENS, bytes: 20 * 2 ** 20 }, takesOver: true },
  { fault: { kind: 'abort', afterTokens: AFTER_TOKENS }, takesOver: true },
  { fault: { kind: 'engine-error', afterTokens: AFTER_TOKENS }, takesOver: true },
  { fault: { kind: 'stall-before-headers' }, takesOver: true },
  { fault: { kind: 'stall', afterTokens: 0 }, takesOver: true },
  { fault: { kind: 'stall', afterTokens: AFTER_TOKENS }, takesOver: true },
  { fault: { kind: 'cut-after-end' }, takesOver: false },
  { fault: { kind: 'stall-after-end' }, takesOver: false },
];
const ROUNDS = [1, 2] as const;

describe('a worker that fails, with another one beside it', () => {
  let gateway: GatewayUnderTest;

  beforeEach(async () => {
    gateway = await GatewayUnderTest.start({
      workers: [{ script: [] }, { script: [] }],
      tools: { script: () => '408\n' },
      // A worker that stands still is found out in a second and not in half a minute.
      environment: { WORKER_PROBE_INTERVAL: '0.1' },
    });
  });
  afterEach(() => gateway.stop());

  /** Both workers play the conversation; the first of them to be in this round has the fault. */
  function play(fault: FakeFault, faultyRound: 1 | 2): void {
    const told = continuing(({ promptText }) => (promptText.includes('408') ? ANSWER : CALL)) as (prompt: FakePrompt) => FakeReply;
    let hasFailed = false;
    for (const worker of gateway.workers) {
      worker.play((prompt) => {
        const reply = told(prompt);
        const round = prompt.promptText.includes('408') ? 2 : 1;
        if (hasFailed || round !== faultyRound) return reply;
        hasFailed = true;
        // What has nothing to do says so: before the headers, nothing of the request is in the engine.
        if (fault.kind === 'stall-before-headers' || (fault.kind === 'stall' && fault.afterTokens === 0))
          worker.claimedLoad = { running: 0 };
        return { ...reply, fault };
      });
    }
  }

  function completions(): readonly RecordedCall[] {
    return gateway.workers.flatMap((worker) => worker.completions);
  }

  const cases = FAULTS.flatMap(({ fault, takesOver }) => ROUNDS.map((round) => ({ fault, takesOver, round })));

  it.each(cases)('by $fault in round $round: the client sees one answer, and code runs once', async ({ fault, takesOver, round }) => {
    play(fault, round);

    const response = await gateway.post('/v1/chat/completions', {
      model: 'demo',
      messages: QUESTION,
      stream: round === 1,
      interleave: { token_ids: true },
    });

    expect(response.status).toBe(200);
    const { text, ids } = round === 1 ? await readStream(response) : await readPlain(response);
    expect(text).toBe(TRANSCRIPT);
    expect(gateway.tools.executions.map(({ code }) => code)).toEqual(['print(12*34)']);
    expect(new FakeTokenizer().decode(ids)).toContain('The answer is 408.');
    const sent = completions();
    expect(sent).toHaveLength(takesOver ? 3 : 2);
    // P1: whoever takes over is sent all that was sent before, and what has been received since.
    const prompts = sent.map(({ body }) => body['prompt'] as number[]).sort((a, b) => a.length - b.length);
    for (const [place, prompt] of prompts.slice(1).entries()) {
      const before = prompts[place]!;
      expect(prompt.slice(0, before.length)).toEqual(before);
    }
    if ('afterTokens' in fault && takesOver) {
      const seam = prompts[round]!.length - prompts[round - 1]!.length;
      expect(seam).toBe(fault.afterTokens);
    }
  });

  it('by saying that the context is full is told as such, and not asked of the other one', async () => {
    play({ kind: 'context-error' }, 1);

    const response = await gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION });

    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'context_length_exceeded' } }]);
    expect(completions()).toHaveLength(1);
  });

  it('for many at once: no request fails, and no program runs twice', async () => {
    const told = continuing(({ promptText }) => (promptText.includes('408') ? ANSWER : CALL)) as (prompt: FakePrompt) => FakeReply;
    const faults: readonly FakeFault[] = FAULTS.map(({ fault }) => fault).filter(
      ({ kind }) => !kind.startsWith('stall') && kind !== 'huge-frame',
    );
    let count = 0;
    // One of them fails every second time, in all ways in turn; the other one lives.
    gateway.workers[0]!.play((prompt) => {
      count += 1;
      const fault = faults[(count / 2) % faults.length];
      return count % 2 === 0 && fault && fault.kind !== 'refuse' ? { ...told(prompt), fault } : told(prompt);
    });
    gateway.workers[1]!.play(told);

    const answers = await Promise.all(
      Array.from({ length: 40 }, () => gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION })),
    );

    expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(Array(40).fill(TRANSCRIPT));
    expect(gateway.tools.executions).toHaveLength(40);
    expect(new Set(gateway.tools.executions.map(({ sessionId }) => sessionId)).size).toBe(40);
    expect(completions().filter(({ outcome }) => outcome === 'failed').length).toBeGreaterThan(3);
  });
});

describe('a worker that is slow', () => {
  it.each([{ running: 1 }, { running: 0, waiting: 1 }])('is waited for as long as it has something to do: %j', async (claimedLoad) => {
    const gateway = await GatewayUnderTest.start({
      workers: [{ script: [] }, { script: [] }],
      environment: { WORKER_PROBE_INTERVAL: '0.1' },
    });
    try {
      for (const worker of gateway.workers) {
        worker.claimedLoad = claimedLoad;
        worker.play([{ text: ANSWER, fault: { kind: 'slow-first-byte', delayMs: 1500 } }]);
      }

      const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });

      expect(completion.choices[0]?.message.content).toBe(ANSWER);
      expect(gateway.workers.flatMap((worker) => worker.completions)).toHaveLength(1);
    } finally {
      await gateway.stop();
    }
  });

  it('in the middle of an answer is waited for while it generates for others', async () => {
    const gateway = await GatewayUnderTest.start({ environment: { WORKER_PROBE_INTERVAL: '0.1' } });
    try {
      gateway.worker.play(({ promptText }) =>
        promptText.includes('busy') ? { text: 'word ', finish: 'endless', delayMsPerToken: 20 } : { text: ANSWER, delayMsPerToken: 1200 },
      );
      const other = new AbortController();
      const busy = gateway
        .post('/v1/completions', { model: 'demo', prompt: 'be busy', max_tokens: 2000, stream: true }, { signal: other.signal })
        .then((response) => response.text())
        .catch(() => 'left');
      await waitUntil(() => gateway.worker.running === 1, 3000);

      const completion = await gateway.client().completions.create({ model: 'demo', prompt: 'a question', max_tokens: 2 });

      expect(completion.choices[0]?.finish_reason).toBe('length');
      expect(gateway.worker.completions).toHaveLength(2);
      other.abort();
      await busy;
    } finally {
      await gateway.stop();
    }
  });
});

interface Seen {
  readonly text: string;
  readonly ids: readonly number[];
}

async function readPlain(response: Response): Promise<Seen> {
  const { choices } = (await response.json()) as { choices: { message: { content: string }; interleave: { token_ids: number[] } }[] };
  return { text: choices[0]!.message.content, ids: choices[0]!.interleave.token_ids };
}

async function readStream(response: Response): Promise<Seen> {
  const frames = (await response.text()).split('\n\n').filter((frame) => frame.startsWith('data: {'));
  const choices = frames.map((frame) => (JSON.parse(frame.slice(6)) as StreamedChunk).choices[0]!);
  return {
    text: choices.map(({ delta }) => delta.content ?? '').join(''),
    ids: choices.flatMap(({ interleave }) => interleave?.token_ids ?? []),
  };
}

interface StreamedChunk {
  readonly choices: readonly {
    readonly delta: { readonly content?: string };
    readonly interleave?: { readonly token_ids?: readonly number[] };
  }[];
}
