/** Schemas of what the gateway answers with, for the OpenAPI document. The fuzz stage checks every answer against them. */

const INTEGER = { type: 'integer' };
const TEXT = { type: 'string' };
const OPTIONAL_TEXT = { type: ['string', 'null'] };
const LOGPROB_FIELDS = { token: TEXT, logprob: { type: 'number' }, bytes: { type: 'array', items: INTEGER } };

const USAGE = {
  type: 'object',
  properties: {
    prompt_tokens: INTEGER,
    completion_tokens: { ...INTEGER, description: 'What the model generated, in all rounds.' },
    total_tokens: INTEGER,
    interleave: { type: 'object', properties: { observation_tokens: INTEGER, resent_tokens: INTEGER } },
  },
  required: ['prompt_tokens', 'completion_tokens', 'total_tokens'],
};

const INTERLEAVE = {
  type: 'object',
  description: 'What happened: an extension that SDKs ignore.',
  properties: {
    trajectory_id: TEXT,
    stop_cause: OPTIONAL_TEXT,
    tool_calls: INTEGER,
    session_id: TEXT,
    token_entries: { type: 'array', items: { type: 'object' } },
    turns: { type: 'array', items: { type: 'object' } },
    prompt_token_ids: { type: 'array', items: INTEGER },
    token_ids: { type: 'array', items: INTEGER },
    loss_mask: { type: 'array', items: { enum: [0, 1] } },
    logprobs: { type: 'array', items: { type: ['number', 'null'] } },
  },
};

const CHAT_LOGPROBS = {
  type: ['object', 'null'],
  properties: {
    content: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          ...LOGPROB_FIELDS,
          top_logprobs: {
            type: 'array',
            items: { type: 'object', properties: LOGPROB_FIELDS, required: ['token', 'logprob', 'bytes'] },
          },
        },
        required: ['token', 'logprob', 'bytes', 'top_logprobs'],
      },
    },
    refusal: { type: 'null' },
  },
  required: ['content', 'refusal'],
};

const TEXT_LOGPROBS = {
  type: ['object', 'null'],
  properties: {
    tokens: { type: 'array', items: TEXT },
    token_logprobs: { type: 'array', items: { type: ['number', 'null'] } },
    top_logprobs: { type: ['array', 'null'], items: { type: ['object', 'null'] } },
    text_offset: { type: 'array', items: INTEGER },
  },
  required: ['tokens', 'token_logprobs', 'top_logprobs', 'text_offset'],
};

function completion(object: string, choice: Record<string, unknown>, finishReasons: readonly string[]) {
  return {
    type: 'object',
    properties: {
      id: TEXT,
      object: { const: object },
      created: INTEGER,
      model: TEXT,
      choices: {
        type: 'array',
        items: {
          type: 'object',
          properties: { index: INTEGER, finish_reason: { enum: finishReasons }, interleave: INTERLEAVE, ...choice },
          required: ['index', 'finish_reason', 'logprobs', ...Object.keys(choice).filter((name) => name !== 'logprobs')],
        },
      },
      usage: USAGE,
    },
    required: ['id', 'object', 'created', 'model', 'choices', 'usage'],
  };
}

const MODEL = {
  type: 'object',
  properties: { id: TEXT, object: { const: 'model' }, created: INTEGER, owned_by: TEXT, max_model_len: INTEGER },
  required: ['id', 'object', 'created', 'owned_by'],
};

const MESSAGE = {
  type: 'object',
  properties: {
    role: { const: 'assistant' },
    content: OPTIONAL_TEXT,
    refusal: { type: 'null' },
    tool_calls: { type: 'array', items: { type: 'object' } },
  },
  required: ['role', 'content', 'refusal'],
};

export const ANSWER_SCHEMAS: Readonly<Record<string, object>> = {
  ChatCompletion: completion('chat.completion', { message: MESSAGE, logprobs: CHAT_LOGPROBS }, ['stop', 'length', 'tool_calls']),
  TextCompletion: completion('text_completion', { text: TEXT, logprobs: TEXT_LOGPROBS }, ['stop', 'length']),
  Model: MODEL,
  ModelList: {
    type: 'object',
    properties: { object: { const: 'list' }, data: { type: 'array', items: { $ref: '#/components/schemas/Model' } } },
    required: ['object', 'data'],
  },
  Error: {
    type: 'object',
    properties: {
      error: {
        type: 'object',
        properties: { message: TEXT, type: TEXT, param: OPTIONAL_TEXT, code: OPTIONAL_TEXT },
        required: ['message', 'type', 'param', 'code'],
        additionalProperties: false,
      },
    },
    required: ['error'],
    additionalProperties: false,
  },
};
