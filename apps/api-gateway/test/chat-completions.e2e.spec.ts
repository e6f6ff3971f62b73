import { ANSWER, CALL, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

const TRANSCRIPT = `${CALL}\n408\n\`\`\`\n${ANSWER}`;

describe('chat completions', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ tools: { script: () => '408\n' } });
  });
  afterAll(() => gateway.stop());

  it('run the code that the model asks for and give back the whole transcript', async () => {
    gateway.worker.play([CALL, ANSWER]);

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });

    expect(completion.choices[0]).toMatchObject({ index: 0, message: { role: 'assistant', content: TRANSCRIPT }, finish_reason: 'stop' });
    expect(gateway.tools.executions.at(-1)?.code).toBe('print(12*34)');
    expect(completion.choices[0]).toMatchObject({
      interleave: {
        stop_cause: 'eos',
        tool_calls: 1,
        turns: [
          { turn: 1, code: 'print(12*34)', output: '408', status: 'ok' },
          { turn: 2, code: null },
        ],
      },
    });
  });

  it('give back only what follows the last observation when asked for the answer', async () => {
    gateway.worker.play([CALL, ANSWER]);

    const completion = await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, ...{ interleave: { content: 'answer' } } });

    expect(completion.choices[0]?.message.content).toBe(ANSWER);
  });

  it('stream the same transcript that they give back in one piece', async () => {
    gateway.worker.play([CALL, ANSWER]);

    const stream = await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, stream: true, stream_options: { include_usage: true } });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);

    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(TRANSCRIPT);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it('tell the stream when a tool starts and how it ended', async () => {
    gateway.worker.play([CALL, ANSWER]);

    const stream = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, stream: true });
    const events = [];
    for await (const chunk of stream) {
      const interleave: unknown = Reflect.get(chunk.choices[0] ?? {}, 'interleave');
      if (interleave) events.push(interleave);
    }

    expect(events).toEqual([
      expect.objectContaining({ trajectory_id: expect.stringMatching(/^traj_/) }),
      { event: 'tool-start', turn: 1, code: 'print(12*34)' },
      { event: 'tool-output', turn: 1, stream: 'stdout', text: '408\n' },
      expect.objectContaining({ event: 'tool-end', turn: 1, status: 'ok', output: '408\n' }),
      expect.objectContaining({ stop_cause: 'eos', tool_calls: 1 }),
    ]);
  });

  it('count what the model generated as completion tokens, and tool output apart', async () => {
    gateway.worker.play([CALL, ANSWER]);

    const completion = await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, ...{ interleave: { token_ids: true } } });
    const { loss_mask: mask } = Reflect.get(completion.choices[0]!, 'interleave') as { loss_mask: number[] };

    expect(completion.usage?.completion_tokens).toBe(mask.filter((bit) => bit === 1).length);
    expect(completion.usage).toMatchObject({ interleave: { observation_tokens: mask.filter((bit) => bit === 0).length } });
  });

  it('keep one sandbox per trajectory and give it back at the end', async () => {
    const opened = gateway.tools.openedSessions.length;
    gateway.worker.play([CALL, CALL.replace('12*34', '13*34'), ANSWER]);

    await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION });

    expect(gateway.tools.openedSessions.length - opened).toBe(1);
    expect(new Set(gateway.tools.executions.slice(-2).map(({ sessionId }) => sessionId)).size).toBe(1);
  });

  it('answer n times with independent trajectories and a seed of their own', async () => {
    gateway.worker.play(() => ANSWER);
    const before = gateway.worker.completions.length;

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, n: 3, seed: 7 });

    expect(completion.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(gateway.worker.completions.slice(before).map(({ body }) => body['seed'])).toEqual(expect.arrayContaining([7, 8, 9]));
  });

  it('pass sampling parameters and extra ones to the worker untouched', async () => {
    gateway.worker.play([ANSWER]);

    await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, temperature: 0, top_p: 0.5, ...{ top_k: 3, min_p: 0.1 } });

    expect(gateway.worker.completions.at(-1)?.body).toMatchObject({ temperature: 0, top_p: 0.5, top_k: 3, min_p: 0.1 });
  });

  it.each(['/v1/chat/completions', '/chat/completions'])('answer on %s', async (path) => {
    gateway.worker.play([ANSWER]);

    const response = await gateway.post(path, { model: 'demo', messages: QUESTION });

    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('hide a stop string of the client, and say that it was hit', async () => {
    gateway.worker.play([CALL, 'The answer is 408. END and more']);

    const completion = await gateway.client().chat.completions.create({ model: 'demo', messages: QUESTION, stop: 'END' });

    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', interleave: { stop_cause: 'user_stop' } });
    expect(completion.choices[0]?.message.content?.endsWith('The answer is 408. ')).toBe(true);
  });

  it('show the logprobs of what the model generated', async () => {
    gateway.worker.play([ANSWER]);

    const completion = await gateway
      .client()
      .chat.completions.create({ model: 'demo', messages: QUESTION, logprobs: true, top_logprobs: 2 });

    const content = completion.choices[0]?.logprobs?.content ?? [];
    expect(content.length).toBe(completion.usage?.completion_tokens);
    expect(content[0]).toMatchObject({ token: expect.any(String), logprob: expect.any(Number), top_logprobs: expect.any(Array) });
  });
});

describe('text completions', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ tools: { script: () => '408\n' } });
  });
  afterAll(() => gateway.stop());

  it('take the prompt verbatim and run code as chat does', async () => {
    gateway.worker.play([CALL, ANSWER]);

    const completion = await gateway.client().completions.create({ model: 'demo', prompt: 'Q: 12*34?\nA:', max_tokens: 200 });

    expect(completion).toMatchObject({ object: 'text_completion', choices: [{ index: 0, text: TRANSCRIPT, finish_reason: 'stop' }] });
  });

  it('order choices by prompt, then by copy', async () => {
    gateway.worker.play(({ promptText }) => `about ${promptText}`);

    const completion = await gateway.client().completions.create({ model: 'demo', prompt: ['one', 'two'], n: 2, max_tokens: 50 });

    expect(completion.choices.map(({ text }) => text)).toEqual(['about one', 'about one', 'about two', 'about two']);
  });

  it('generate 16 tokens where max_tokens is not sent', async () => {
    gateway.worker.play([{ text: 'word ', finish: 'endless' }]);

    const completion = await gateway.client().completions.create({ model: 'demo', prompt: 'go' });

    expect(completion).toMatchObject({
      choices: [{ finish_reason: 'length', interleave: { stop_cause: 'max_tokens' } }],
      usage: { completion_tokens: 16 },
    });
  });

  it('stream pieces of text', async () => {
    gateway.worker.play([CALL, ANSWER]);

    const stream = await gateway.client().completions.create({ model: 'demo', prompt: 'Q', max_tokens: 200, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';

    expect(text).toBe(TRANSCRIPT);
  });
});
