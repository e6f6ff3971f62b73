import { inspect } from 'node:util';
import { continuing, FakeTokenizer, readServerSentEvents } from '@interleave/testing';
import type { FakeAnswer, FakeFault, FakePrompt, FakeReply } from '@interleave/testing';
import { PinoLogger } from 'nestjs-pino';
import { GatewayUnderTest } from './support/gateway-under-test';
import { newSecret, ownersIn } from './support/secrets';

const CLIENTS = 14;
/** Each client sends every kind of request. */
const ROUNDS_OF_REQUESTS = 7;
/** Two clients share a key: what they send is as separate as if they did not. */
const keyOf = (client: number): string => `apikey-${Math.floor(client / 2)}-of-nobody-else`;
const KEYS = [...new Set(Array.from({ length: CLIENTS }, (_, client) => keyOf(client)))];

/** Every seventh prompt meets one of these; what is left of its round is said by the other worker. */
const FAULTS: readonly FakeFault[] = [
  { kind: 'cut', afterTokens: 9 },
  { kind: 'status', status: 500 },
  { kind: 'abort', afterTokens: 20 },
  { kind: 'malformed-frame', afterTokens: 5 },
  { kind: 'hang-up' },
  { kind: 'error-frame', afterTokens: 12 },
];
const FAULT_EVERY = 7;

/** What the model says is made of what it was asked: `ask SECRET`, and the dialect's marks for the round. */
function sayFor({ promptText, endpoint }: FakePrompt): FakeAnswer {
  const [, secret = '', how = ''] = /ask (sec\w+) (\w+)/.exec(promptText) ?? [];
  const code = `print("code-${secret}")`;
  const call = (name: string, values: object) => JSON.stringify({ name, arguments: values });
  const turns = promptText.split('<|im_start|>');
  const said = turns.slice(turns.findLastIndex((turn) => /^(?:user|tool)\n(?!<tool_response>)/.test(turn)) + 1).join('');
  if (how === 'refused') return { text: '', fault: { kind: 'status', status: 400, message: `no ${secret}` } };
  if (how === 'torl') {
    if (said.includes('```output')) return `Done ${secret}.halt-${secret} never shown`;
    return `I use ${secret}.\n\`\`\`python\n${code}\n\`\`\`\n\`\`\`output`;
  }
  if (endpoint === '/v1/chat/completions') {
    const functions = [
      { name: 'python', arguments: JSON.stringify({ code }) },
      { name: `fn_${secret}`, arguments: JSON.stringify({ of: secret }) },
    ];
    return promptText.includes(`told ${secret}`) ? `Done ${secret}.` : { text: `I use ${secret}.`, toolCalls: functions };
  }
  if (promptText.trimEnd().endsWith(`{"of":"${secret}"}}\n</tool_call>`)) return '';
  if (!said.includes('<tool_response>')) return `I use ${secret}.\n<tool_call>\n${call('python', { code })}\n</tool_call>`;
  if (promptText.includes(`told ${secret}`)) return `Done ${secret}.`;
  return `<tool_call>\n${call(`fn_${secret}`, { of: secret })}\n</tool_call>`;
}

/** What came back of one request, all of it. */
interface Reply {
  readonly status: number;
  /** Headers and body as they were sent. */
  readonly bytes: string;
  readonly text: string;
  readonly names: readonly string[];
  readonly ids: readonly number[];
  readonly sessionId: string | null;
}

describe('what one client sends', () => {
  const tokenizer = new FakeTokenizer();
  const logged: unknown[][] = [];
  let gateway: GatewayUnderTest;
  let prompts = 0;

  beforeAll(async () => {
    for (const level of ['info', 'warn', 'error'] as const)
      jest.spyOn(PinoLogger.prototype, level).mockImplementation((...entry: unknown[]) => void logged.push(entry));
    const told = continuing(sayFor) as (prompt: FakePrompt) => FakeReply;
    const script = (prompt: FakePrompt): FakeReply => {
      prompts += 1;
      const fault = prompts % FAULT_EVERY === 0 ? FAULTS[(prompts / FAULT_EVERY) % FAULTS.length] : undefined;
      return { tokensPerChunk: 4, ...(fault ? { fault } : {}), ...told(prompt) };
    };
    // Each session says all that ever ran in it.
    const ran = new Map<string, string[]>();
    gateway = await GatewayUnderTest.start({
      workers: [1, 2].map(() => ({ script, maxModelLen: 16_384 })),
      tools: {
        script: ({ code, sessionId }) => {
          const codes = [...(ran.get(sessionId) ?? []), code];
          ran.set(sessionId, codes);
          return `ran ${codes.join(' ')}\n`;
        },
        maxSessions: 4 * CLIENTS,
      },
      environment: { API_KEYS: KEYS.map((key, index) => `client-${index}:${key}`).join(',') },
    });
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await gateway.stop();
  });

  async function send(client: number, path: string, body: Record<string, unknown>, leaveAfterEvents = Infinity): Promise<Reply> {
    const leaving = new AbortController();
    const response = await gateway.post(path, body, {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(client)}` },
      signal: leaving.signal,
    });
    const headers = JSON.stringify([...response.headers]);
    const chunks: Record<string, unknown>[] = [];
    let bytes = '';
    if (body['stream'] === true && response.ok) {
      try {
        for await (const { data } of readServerSentEvents(response.body!)) {
          bytes += `${data}\n`;
          if (data !== '[DONE]') chunks.push(JSON.parse(data) as Record<string, unknown>);
          if (chunks.length >= leaveAfterEvents) leaving.abort();
        }
      } catch (error) {
        if (!leaving.signal.aborted) throw error;
      }
    } else {
      bytes = await response.text();
      chunks.push(JSON.parse(bytes) as Record<string, unknown>);
    }
    return { status: response.status, bytes: headers + bytes, ...partsOf(chunks) };
  }

  /** The text and calls of all choices, put together, with the ids and the session. */
  function partsOf(chunks: readonly Record<string, unknown>[]): Pick<Reply, 'text' | 'names' | 'ids' | 'sessionId'> {
    const choices = chunks.flatMap((chunk) => (chunk['choices'] ?? []) as Record<string, never>[]);
    const texts = new Map<number, string>();
    const names: string[] = [];
    const ids: number[] = [];
    let sessionId: string | null = null;
    for (const { index, text, delta, message, interleave } of choices as unknown as WireChoice[]) {
      const said = message ?? delta ?? {};
      texts.set(index, (texts.get(index) ?? '') + (text ?? said.content ?? ''));
      for (const { function: called } of said.tool_calls ?? []) if (called.name) names.push(called.name);
      ids.push(...(interleave?.prompt_token_ids ?? []), ...(interleave?.token_ids ?? []));
      sessionId = interleave?.session_id ?? sessionId;
    }
    return { text: [...texts.values()].join('|'), names, ids, sessionId };
  }

  function expectOwn(client: number, reply: Reply): void {
    const own = new Set([client]);
    for (const seen of [reply.bytes, reply.text, tokenizer.decode(reply.ids)]) expect([own, new Set()]).toContainEqual(ownersIn(seen));
    expect(reply.bytes).not.toMatch(/apikey-|worker-key|service-token/);
  }

  const kinds: Readonly<Record<string, (client: number, secret: string, isStreamed: boolean) => Promise<void>>> = {
    'a chat with its own stop string': async (client, secret, stream) => {
      const reply = await send(client, '/v1/chat/completions', {
        model: 'demo',
        messages: [{ role: 'user', content: `ask ${secret} torl` }],
        stop: [`halt-${secret}`],
        user: secret,
        stream,
        interleave: { token_ids: true },
      });
      expectOwn(client, reply);
      expect(reply.text).toBe(torlText(secret));
      expect(ownersIn(tokenizer.decode(reply.ids))).toEqual(new Set([client]));
    },
    'several texts, several answers each': async (client, secret, stream) => {
      const other = newSecret(client);
      const reply = await send(client, '/v1/completions', {
        model: 'demo',
        prompt: [`ask ${secret} torl\n`, `ask ${other} torl\n`],
        n: 2,
        echo: true,
        max_tokens: 400,
        stop: [`halt-${secret}`, `halt-${other}`],
        stream,
      });
      expectOwn(client, reply);
      const texts = [secret, other].flatMap((one) => Array<string>(2).fill(`ask ${one} torl\n${torlText(one)}`));
      expect(reply.text.split('|').sort()).toEqual(texts.sort());
    },
    'functions and a session, hermes': (client, secret, stream) => roundTrip(client, secret, stream, 'hermes'),
    'functions and a session, native': (client, secret, stream) => roundTrip(client, secret, stream, 'native'),
    'a request that the gateway refuses': async (client, secret, stream) => {
      for (const fields of [{ model: secret }, { model: 'demo', n: secret }, { model: 'demo', [secret]: 1, interleave: { [secret]: 1 } }]) {
        const reply = await send(client, '/v1/chat/completions', { messages: [{ role: 'user', content: secret }], ...fields, stream });
        expect([400, 404]).toContain(reply.status);
        expectOwn(client, reply);
      }
    },
    'a request that the worker refuses': async (client, secret, stream) => {
      const messages = [{ role: 'user', content: `ask ${secret} refused` }];
      const reply = await send(client, '/v1/chat/completions', { model: 'demo', messages, stream });
      expect(reply.status).toBe(400);
      expectOwn(client, reply);
    },
    'an answer that it does not wait for': async (client, secret) => {
      const messages = [{ role: 'user', content: `ask ${secret} torl` }];
      expectOwn(client, await send(client, '/v1/chat/completions', { model: 'demo', messages, stream: true }, 3 + (prompts % 20)));
    },
  };

  function torlText(secret: string): string {
    const code = `print("code-${secret}")`;
    return `I use ${secret}.\n\`\`\`python\n${code}\n\`\`\`\n\`\`\`output\nran ${code}\n\`\`\`\nDone ${secret}.`;
  }

  async function roundTrip(client: number, secret: string, stream: boolean, dialect: string): Promise<void> {
    const tools = [{ type: 'function', function: { name: `fn_${secret}`, description: secret, parameters: { type: 'object' } } }];
    const question = { role: 'user', content: `ask ${secret} ${dialect}` };
    const asked = { model: 'demo', tools, stream };
    const first = await send(client, '/v1/chat/completions', { ...asked, messages: [question], interleave: { dialect } });
    expectOwn(client, first);
    expect(first.names).toEqual([`fn_${secret}`]);
    expect(first.text).toContain(`ran print("code-${secret}")`);
    const stranger = (client + 2) % CLIENTS;
    const messages = [
      question,
      {
        role: 'assistant',
        content: first.text,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: `fn_${secret}`, arguments: JSON.stringify({ of: secret }) } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: `told ${secret}` },
    ];
    const followUp = { ...asked, messages, interleave: { dialect, session_id: first.sessionId } };
    const stolen = await send(stranger, '/v1/chat/completions', { ...followUp, messages: [question], stream: false });
    expect([stolen.status, stolen.bytes.includes('interleave.session_id is not one that was issued')]).toEqual([400, true]);
    const last = await send(client, '/v1/chat/completions', followUp);
    expectOwn(client, last);
    expect(last.text.endsWith(`Done ${secret}.`)).toBe(true);
  }

  it('never reaches another, whatever happens to it', async () => {
    const names = Object.keys(kinds);
    const failures: string[] = [];
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (let round = 0; round < ROUNDS_OF_REQUESTS; round += 1) {
          const name = names[(client + round) % names.length] as string;
          try {
            await kinds[name]?.(client, newSecret(client), (client + round) % 3 !== 0);
          } catch (error) {
            failures.push(`client ${client}, ${name}: ${String(error)}`);
          }
        }
      }),
    );

    expect(failures).toEqual([]);
    expect(prompts).toBeGreaterThan(CLIENTS * ROUNDS_OF_REQUESTS);
  }, 300_000);

  it('is alone in each prompt and in each sandbox', () => {
    const seen = gateway.workers.flatMap(({ completions }) => completions);
    const bodies = seen.map(
      ({ body, choices }) => JSON.stringify(body) + choices.map(({ promptIds }) => tokenizer.decode(promptIds)).join(),
    );
    const sessions = new Map<string, string>();
    for (const { sessionId, code } of gateway.tools.executions) sessions.set(sessionId, (sessions.get(sessionId) ?? '') + code);

    expect(bodies.filter((body) => ownersIn(body).size > 1)).toEqual([]);
    expect(JSON.stringify(seen)).not.toMatch(/apikey-/);
    expect([...sessions.values()].filter((codes) => ownersIn(codes).size !== 1)).toEqual([]);
    expect(sessions.size).toBeGreaterThan(CLIENTS);
  });

  it('is not in the log', () => {
    const text = inspect(logged, { depth: 8, maxArrayLength: null, maxStringLength: null });

    expect(logged.length).toBeGreaterThan(CLIENTS * ROUNDS_OF_REQUESTS);
    expect([...ownersIn(text)]).toEqual([]);
    expect(text).not.toMatch(/apikey-|worker-key|service-token/);
  });
});

interface WireChoice {
  readonly index: number;
  readonly text?: string;
  readonly delta?: WireMessage;
  readonly message?: WireMessage;
  readonly interleave?: { readonly prompt_token_ids?: number[]; readonly token_ids?: number[]; readonly session_id?: string };
}
interface WireMessage {
  readonly content?: string | null;
  readonly tool_calls?: readonly { readonly function: { readonly name?: string } }[];
}
