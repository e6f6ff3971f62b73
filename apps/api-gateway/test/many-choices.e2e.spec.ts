import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

interface Answer {
  readonly choices: { readonly index: number; readonly finish_reason: string; readonly interleave: Readonly<Record<string, unknown>> }[];
}

describe('many answers at once', () => {
  let gateway: GatewayUnderTest;
  const ask = async (body: object): Promise<Answer> =>
    (await (await gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION, ...body })).json()) as Answer;
  const said = ({ promptText }: { promptText: string }) => (promptText.includes('```output') ? ANSWER : CALL);

  afterEach(() => gateway.stop());

  it('run in waves where there are more than the tool server has sandboxes', async () => {
    gateway = await GatewayUnderTest.start({
      workers: [{ script: said }],
      tools: { script: () => ({ stdout: '408\n', delayMs: 5 }), maxSessions: 3 },
      environment: { MAX_QUEUED_TRAJECTORIES: '0', QUEUE_TIMEOUT: '0' },
    });

    const { choices } = await ask({ n: 128, seed: 100 });

    expect(choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual(
      Array.from({ length: 128 }, (_, index) => [index, 'stop']),
    );
    const seeds = gateway.worker.completions.map(({ body }) => body['seed'] as number);
    expect(new Set(seeds)).toEqual(new Set(Array.from({ length: 128 }, (_, index) => 100 + index)));
    expect(gateway.tools.executions).toHaveLength(128);
  }, 30_000);

  it('fail together when the infrastructure fails one of them, or keep what each has where that is asked for', async () => {
    gateway = await GatewayUnderTest.start({ workers: [{ script: said }] });
    const failingOnce = () => {
      let count = 0;
      return () => ((count += 1) === 2 ? { failure: { status: 503, code: 'sandbox_unavailable' } } : '408\n');
    };

    gateway.tools.play(failingOnce());
    expect(await ask({ n: 3 })).toMatchObject({ error: { code: 'sandbox_unavailable' } });

    gateway.tools.play(failingOnce());
    const { choices } = await ask({ n: 3, interleave: { on_choice_failure: 'keep' } });
    const causes = choices.map(({ finish_reason, interleave }) => `${finish_reason} ${String(interleave['stop_cause'])}`);
    expect(causes.sort()).toEqual(['length infrastructure', 'stop eos', 'stop eos']);
  });

  it('give their token data aligned, streaming and not, and in the form of NeMo-Gym', async () => {
    gateway = await GatewayUnderTest.start({ workers: [{ script: said }], tools: { script: () => '408\n' } });

    const { choices } = await ask({ interleave: { token_ids: true, export: 'nemo-gym-3' } });
    const whole = choices[0]?.interleave as {
      prompt_token_ids: number[];
      token_ids: number[];
      loss_mask: number[];
      logprobs: (number | null)[];
      token_entries: {
        prompt_token_ids: number[];
        generation_token_ids: number[];
        generation_log_probs: number[];
        [field: string]: unknown;
      }[];
    };
    const stream = await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, stream: true, ...{ interleave: { token_ids: true } } });
    const streamed = { prompt_token_ids: [] as number[], token_ids: [] as number[], loss_mask: [] as number[], logprobs: [] as unknown[] };
    for await (const chunk of stream) {
      const part = (Reflect.get(chunk.choices[0] ?? {}, 'interleave') ?? {}) as Partial<typeof streamed>;
      for (const field of Object.keys(streamed) as (keyof typeof streamed)[]) streamed[field].push(...((part[field] ?? []) as never[]));
    }

    expect(streamed).toEqual({
      prompt_token_ids: whole.prompt_token_ids,
      token_ids: whole.token_ids,
      loss_mask: whole.loss_mask,
      logprobs: whole.logprobs,
    });
    const [first, second] = whole.token_entries;
    expect(whole.token_entries).toHaveLength(2);
    expect(first?.prompt_token_ids).toEqual(whole.prompt_token_ids);
    // What the second call read is the first one, whole, and what the tool printed.
    const read = second?.prompt_token_ids ?? [];
    expect(read.slice(0, first?.['cum_len'] as number)).toEqual([...whole.prompt_token_ids, ...(first?.generation_token_ids ?? [])]);
    expect([...read, ...(second?.generation_token_ids ?? [])]).toEqual([...whole.prompt_token_ids, ...whole.token_ids]);
    for (const entry of whole.token_entries) {
      expect(entry.generation_log_probs).toHaveLength(entry.generation_token_ids.length);
      expect(entry).toMatchObject({
        schema_version: 3,
        model: 'demo',
        token_item_index: 0,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    }
    expect(second).toMatchObject({ parent_call_id: first?.['model_call_id'], parent_resolution: 'resolved' });
  });

  it.each(['transcript', 'answer'])('begin with the prompt where an echo of it is asked for, streamed and not: %s', async (content) => {
    gateway = await GatewayUnderTest.start({ workers: [{ script: said }], tools: { script: () => '408\n' } });
    const client = gateway.client();
    const body = { model: 'demo', prompt: ['Q: 12*34?\n', 'Again:\n'], n: 2, echo: true, max_tokens: 200, ...{ interleave: { content } } };
    const texts = body.prompt.flatMap((prompt) =>
      Array(2).fill(prompt + (content === 'answer' ? ANSWER : `${CALL}\n408\n\`\`\`\n${ANSWER}`)),
    );

    const { choices } = await client.completions.create(body);
    const streamed = ['', '', '', ''];
    for await (const chunk of await client.completions.create({ ...body, stream: true }))
      for (const { index, text } of chunk.choices) streamed[index] += text;

    expect(choices.map(({ text }) => text)).toEqual(texts);
    expect(streamed).toEqual(texts);
  });
});
