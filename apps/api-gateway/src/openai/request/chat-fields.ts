import { nullable } from './json-schema';
import type { JsonSchema } from './json-schema';
import { MESSAGE_SCHEMA } from './message-schema';
import { forTemplate, forWorker, hint, meaning, refused } from './request-field';
import type { RequestField } from './request-field';
import { EXTRA_FIELDS, SHARED_FIELDS, TEXT_HINT, TOKEN_COUNT } from './shared-fields';

const FUNCTION_NAME: JsonSchema = { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,64}$' };
const TOOL: JsonSchema = {
  type: 'object',
  properties: {
    type: { enum: ['function'] },
    function: {
      type: 'object',
      properties: {
        name: FUNCTION_NAME,
        description: nullable({ type: 'string' }),
        parameters: nullable({ type: 'object' }),
        strict: nullable({ type: 'boolean' }),
      },
      required: ['name'],
    },
  },
  required: ['type', 'function'],
};
const TOOL_CHOICE: JsonSchema = {
  anyOf: [
    { enum: ['none', 'auto', 'required'] },
    {
      type: 'object',
      properties: {
        type: { enum: ['function'] },
        function: { type: 'object', properties: { name: FUNCTION_NAME }, required: ['name'] },
      },
      required: ['type', 'function'],
    },
  ],
};

/** Every field that OpenAI's chat completions have: the compiler compares them with the SDK's (request-fields.spec). */
export const OPENAI_CHAT_FIELDS = {
  ...SHARED_FIELDS,
  messages: meaning(
    { type: 'array', items: MESSAGE_SCHEMA, minItems: 1, maxItems: 10_000 },
    "Through the model's own chat template; `developer` is `system` there. Texts only: an image, audio or a file is refused by its place.",
  ),
  max_completion_tokens: meaning(TOKEN_COUNT, 'As `max_tokens`, and before it where both are sent.'),
  logprobs: meaning({ type: 'boolean' }, 'Of what the model generated, all rounds; tool output has none.'),
  top_logprobs: meaning({ type: 'integer', minimum: 0, maximum: 20 }, 'With `logprobs` only.'),
  tools: meaning(
    { type: 'array', items: TOOL, maxItems: 128 },
    "The client's own functions, where the dialect knows them; elsewhere refused. Python is not declared: the server runs it.",
  ),
  tool_choice: meaning(
    TOOL_CHOICE,
    'With `tools` only, but for `none` and `auto`. `required` and a name are met where that is possible, else refused.',
  ),
  parallel_tool_calls: meaning({ type: 'boolean' }, 'With `tools`; `false`: the first call only.'),
  response_format: forWorker('The constraint holds in every round: a model that may only write JSON cannot ask for Python.', {
    type: 'object',
    properties: { type: { enum: ['text', 'json_object', 'json_schema', 'structural_tag'] } },
    required: ['type'],
  }),
  reasoning_effort: forTemplate(
    { enum: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] },
    'As `reasoning_effort` among `chat_template_kwargs`: templates that know no such thing ignore it.',
  ),
  functions: refused('functions is the old name: send tools.', { type: 'array', maxItems: 0 }),
  function_call: refused('function_call is the old name: send tool_choice.', { enum: ['none'] }),
  audio: refused('Audio output is not supported.'),
  modalities: refused('Only text can be generated.', { type: 'array', items: { enum: ['text'] }, maxItems: 8 }),
  web_search_options: refused('Web search is not supported.'),
  moderation: refused('Moderation is not supported.'),
  store: refused('Answers are not stored for later retrieval: leave store out, or send false.', { enum: [false] }),
  service_tier: refused('There is one service tier: send auto or default, or leave service_tier out.', { enum: ['auto', 'default'] }),
  verbosity: refused('Open models have no verbosity: leave it out, or send medium.', { enum: ['medium'] }),
  metadata: hint({ type: 'object' }, 'Belongs to stored answers, which there are none of.'),
  prediction: hint({ type: 'object' }, "OpenAI's is a matter of speed alone."),
  safety_identifier: hint(TEXT_HINT, 'Nobody is told.'),
  prompt_cache_key: hint(TEXT_HINT, "Prefixes are cached anyhow: a trajectory's rounds stay on one worker."),
  prompt_cache_retention: hint({ enum: ['in_memory', 'in-memory', '24h'] }, 'The worker keeps what it has room for.'),
  prompt_cache_options: hint({ type: 'object' }, 'The worker keeps what it has room for.'),
} satisfies Readonly<Record<string, RequestField>>;

export const CHAT_FIELDS = {
  ...OPENAI_CHAT_FIELDS,
  ...EXTRA_FIELDS,
  chat_template_kwargs: forTemplate({ type: 'object' }, 'Variables of the chat template.'),
  chat_template: forTemplate({ type: 'string' }, 'A template of your own, where the worker allows it.'),
  add_generation_prompt: forTemplate({ type: 'boolean' }, ''),
  continue_final_message: forTemplate({ type: 'boolean' }, 'With `add_generation_prompt: false`: the model goes on with the last message.'),
  add_special_tokens: refused('The chat template adds the special tokens: leave add_special_tokens out.', { enum: [false] }),
  documents: refused('documents is not supported: put them into messages or chat_template_kwargs.'),
  mm_processor_kwargs: refused('Images, audio and video are not supported.'),
  echo: refused('echo is not supported.', { enum: [false] }),
  prompt: refused('prompt belongs to /v1/completions: send messages.'),
} satisfies Readonly<Record<string, RequestField>>;
