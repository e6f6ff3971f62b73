import { AppError } from '@interleave/kernel';
import { GatewaySettings } from '@interleave/settings';
import fc from 'fast-check';
import { parseChatCompletionRequest, parseTextCompletionRequest } from './parse-completion-request';

const settings = new GatewaySettings();
const CHAT = { model: 'demo', messages: [{ role: 'user', content: 'Hi' }] };
const TEXT = { model: 'demo', prompt: 'Hi' };
const chat = (fields: Record<string, unknown>) => parseChatCompletionRequest({ ...CHAT, ...fields }, settings, 'owner');
const text = (fields: Record<string, unknown>) => parseTextCompletionRequest({ ...TEXT, ...fields }, settings, 'owner');

function refusalOf(parse: () => unknown): { param: string | null; message: string } {
  try {
    parse();
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') return { param: error.param, message: error.message };
    throw error;
  }
  throw new Error('it was accepted');
}

describe('chat requests', () => {
  it('hand what only the worker knows to the worker, and keep the rest', () => {
    const { job } = chat({
      temperature: 0.5,
      top_k: 3,
      brand_new: { a: 1 },
      response_format: { type: 'json_object' },
      user: 'u',
      n: 2,
      store: false,
    });

    expect(job.sampling).toEqual({ temperature: 0.5, top_k: 3, brand_new: { a: 1 }, response_format: { type: 'json_object' } });
    expect(job.n).toBe(2);
  });

  it('let max_completion_tokens go before max_tokens', () => {
    expect(chat({ max_tokens: 5, max_completion_tokens: 7 }).job.maxTokens).toBe(7);
    expect(chat({ max_tokens: 5 }).job.maxTokens).toBe(5);
    expect(chat({}).job.maxTokens).toBeNull();
  });

  it('give reasoning_effort to the chat template, and developer messages as system messages', () => {
    const { job } = chat({
      messages: [{ role: 'developer', content: 'Be brief.' }],
      reasoning_effort: 'low',
      chat_template_kwargs: { enable_thinking: false },
    });

    expect(job.prompts).toEqual([
      {
        kind: 'chat',
        messages: [{ role: 'system', content: 'Be brief.' }],
        templateOptions: { chat_template_kwargs: { reasoning_effort: 'low', enable_thinking: false } },
      },
    ]);
    expect(job.sampling).toEqual({});
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'messages[0].content[0].type',
    ],
    ['a message without a role', { messages: [{ content: 'x' }] }, 'messages[0].role'],
    ['an unknown role', { messages: [{ role: 'boss', content: 'x' }] }, 'messages[0].role'],
    ['no messages', { messages: [] }, 'messages'],
    ['a stored answer', { store: true }, 'store'],
    ['another service tier', { service_tier: 'flex' }, 'service_tier'],
    ['another verbosity', { verbosity: 'low' }, 'verbosity'],
    ['audio', { modalities: ['text', 'audio'] }, 'modalities[1]'],
    ['web search', { web_search_options: {} }, 'web_search_options'],
    ['old functions', { functions: [{ name: 'f' }] }, 'functions'],
    ['special tokens in the text', { skip_special_tokens: false }, 'skip_special_tokens'],
    ["vLLM's way to ask for ids", { return_token_ids: true }, 'return_token_ids'],
    ['top_logprobs alone', { top_logprobs: 2 }, 'top_logprobs'],
    ['a seed that JSON cannot hold', { seed: 2 ** 60 }, 'seed'],
    ['a prompt', { prompt: 'x' }, 'prompt'],
    ['an option of stream_options', { stream: true, stream_options: { include: 1 } }, 'stream_options.include'],
    ['usage in every chunk', { stream: true, stream_options: { continuous_usage_stats: true } }, 'stream_options.continuous_usage_stats'],
    ['an option of ours with a wrong type', { interleave: { max_turns: '3' } }, 'interleave.max_turns'],
    ['min_turns above max_turns', { interleave: { min_turns: 5, max_turns: 2 } }, 'interleave.min_turns'],
    ['a response_format without a type', { response_format: {} }, 'response_format.type'],
    ['a logit_bias beyond its range', { logit_bias: { '5': 101 } }, 'logit_bias.5'],
  ])('refuse %s by name', (_name, fields, param) => {
    expect(refusalOf(() => chat(fields))).toEqual({ param, message: expect.stringMatching(/\S.*\.$/) });
  });

  it.each([
    [
      'what asks for nothing',
      { tools: [], tool_choice: 'none', parallel_tool_calls: true, functions: [], store: false, modalities: ['text'] },
    ],
    [
      'null for everything',
      { n: null, tools: null, stop: null, audio: null, web_search_options: null, stream_options: null, interleave: null },
    ],
    ['null inside interleave', { interleave: { content: null, max_turns: null } }],
    ['text parts', { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] }],
    [
      'tool messages of an earlier conversation',
      {
        messages: [
          { role: 'assistant', content: null, tool_calls: [{ id: 'a' }] },
          { role: 'tool', tool_call_id: 'a', content: '1' },
        ],
      },
    ],
  ])('take %s', (_name, fields) => {
    expect(() => chat(fields)).not.toThrow();
  });

  it('refuse JSON that is nested too deeply for those who read it next', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100; depth += 1) deep = [deep];

    expect(refusalOf(() => chat({ vllm_xargs: deep })).param).toBe('vllm_xargs');
  });

  it('read no field from the prototype that a body brings', () => {
    const body: unknown = JSON.parse('{"model": "demo", "messages": [{"role": "user", "content": "x"}], "__proto__": {"n": 7}}');

    expect(parseChatCompletionRequest(body, settings, 'owner').job.n).toBe(1);
  });
});

describe("the client's own functions", () => {
  const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
  const hermes = Object.assign(new GatewaySettings(), { dialect: 'hermes' });

  it('are left out where none may be called', () => {
    expect(chat({ tools, tool_choice: 'none' }).job.clientTools).toEqual(chat({}).job.clientTools);
  });

  it('are read as they were declared', () => {
    const { job } = parseChatCompletionRequest({ ...CHAT, tools, tool_choice: 'required', parallel_tool_calls: false }, hermes, 'owner');

    expect(job.clientTools).toEqual({
      definitions: tools,
      names: new Set(['weather']),
      choice: 'required',
      isParallel: false,
    });
    expect(job.sampling).toEqual({});
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a choice without tools', { tool_choice: 'required' }, 'tool_choice'],
    ['a choice that is not declared', { tools, tool_choice: { type: 'function', function: { name: 'other' } } }, 'tool_choice'],
    ['one name twice', { tools: [...tools, ...tools] }, 'tools[1].function.name'],
    ['the name of our own', { tools: [{ type: 'function', function: { name: 'python' } }] }, 'tools[0].function.name'],
    ['a custom tool', { tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'tools[0].type'],
    ['a name with blanks', { tools: [{ type: 'function', function: { name: 'a b' } }] }, 'tools[0].function.name'],
  ])('are refused with %s', (_name, fields, param) => {
    expect(refusalOf(() => parseChatCompletionRequest({ ...CHAT, ...fields }, hermes, 'owner')).param).toBe(param);
  });
});

describe('text requests', () => {
  it.each([
    ['one', [{ kind: 'text', text: 'one' }]],
    [
      ['one', 'two'],
      [
        { kind: 'text', text: 'one' },
        { kind: 'text', text: 'two' },
      ],
    ],
    [[1, 2], [{ kind: 'ids', ids: [1, 2] }]],
    [
      [[1], [2, 3]],
      [
        { kind: 'ids', ids: [1] },
        { kind: 'ids', ids: [2, 3] },
      ],
    ],
  ])('take the prompt %j', (prompt, prompts) => {
    expect(text({ prompt }).job.prompts).toEqual(prompts);
  });

  it('take best_of where it asks for nothing, and an echo of a text', () => {
    expect(text({ n: 3, best_of: 3 }).job.sampling).toEqual({});
    expect(text({ best_of: 1, echo: true }).answer.isPromptEchoed).toBe(true);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an empty list of prompts', { prompt: [] }, 'prompt'],
    ['prompts of two kinds', { prompt: ['a', 1] }, 'prompt'],
    ['no prompt', { prompt: null }, 'prompt'],
    ['logprobs as in chat', { logprobs: true }, 'logprobs'],
    ['the best of several', { best_of: 3 }, 'best_of'],
    ['fewer than n', { n: 2, best_of: 1 }, 'best_of'],
    ['an echo of token ids', { echo: true, prompt: [1, 2] }, 'echo'],
    ['an echo with logprobs', { echo: true, logprobs: 0 }, 'echo'],
    ['a suffix', { suffix: 'x' }, 'suffix'],
    ['messages', { messages: [] }, 'messages'],
    ['more answers than one request may ask for', { prompt: Array.from({ length: 100 }, () => 'x'), n: 128 }, 'n'],
  ])('refuse %s by name', (_name, fields, param) => {
    expect(refusalOf(() => text(fields)).param).toBe(param);
  });
});

describe('any body', () => {
  it('is parsed or refused with the name of a field, never anything else', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom(...Object.keys({ ...CHAT, n: 1, stop: 1, tools: 1, interleave: 1, seed: 1, logit_bias: 1 })),
        (value, name) => {
          for (const parse of [parseChatCompletionRequest, parseTextCompletionRequest]) {
            for (const body of [value, { ...CHAT, ...TEXT, [name]: value }]) {
              try {
                parse(body, settings, 'owner');
              } catch (error) {
                expect(error).toMatchObject({ code: 'invalid_request' });
              }
            }
          }
        },
      ),
    );
  });
});
