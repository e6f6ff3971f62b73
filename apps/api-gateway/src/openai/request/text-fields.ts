import type { JsonSchema } from './json-schema';
import { forWorker, meaning, refused } from './request-field';
import type { RequestField } from './request-field';
import { EXTRA_FIELDS, SHARED_FIELDS } from './shared-fields';

const MAX_PROMPTS = 1024;
const MAX_PROMPT_TOKENS = 4_000_000;
const TOKEN_ID: JsonSchema = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 };

/** Every field that OpenAI's completions have: the compiler compares them with the SDK's (request-fields.spec). */
export const OPENAI_TEXT_FIELDS = {
  ...SHARED_FIELDS,
  prompt: meaning(
    {
      anyOf: [
        { type: 'string' },
        { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: MAX_PROMPTS },
        { type: 'array', items: TOKEN_ID, minItems: 1, maxItems: MAX_PROMPT_TOKENS },
        { type: 'array', items: { type: 'array', items: TOKEN_ID, minItems: 1 }, minItems: 1, maxItems: MAX_PROMPTS },
      ],
    },
    `A text, up to ${MAX_PROMPTS} texts, token ids, or lists of them; verbatim. Choices come prompt by prompt.`,
  ),
  logprobs: meaning({ type: 'integer', minimum: 0, maximum: 20 }, 'That many most likely tokens at each place; OpenAI allows 5.'),
  best_of: meaning({ type: 'integer', minimum: 1, maximum: 128 }, 'Only as many as `n`: which answers are best is for the client to say.'),
  echo: meaning({ type: 'boolean' }, 'The prompt stands before the answer; it must be a text, and `logprobs` of it are not to be had.'),
  suffix: refused('suffix is not supported: fill-in-the-middle is a matter of the prompt, in the form that the model knows.', {
    enum: [''],
  }),
} satisfies Readonly<Record<string, RequestField>>;

export const TEXT_FIELDS = {
  ...OPENAI_TEXT_FIELDS,
  ...EXTRA_FIELDS,
  response_format: forWorker('The constraint holds in every round.', { type: 'object' }),
  add_special_tokens: refused('The tokenizer adds to a text what it adds to every one; send token ids to decide yourself.', {
    enum: [true],
  }),
  tools: refused('Functions of the client need messages: use /v1/chat/completions.', { type: 'array', maxItems: 0 }),
  tool_choice: refused('Functions of the client need messages: use /v1/chat/completions.', { enum: ['none', 'auto'] }),
  messages: refused('messages belongs to /v1/chat/completions: send prompt.'),
} satisfies Readonly<Record<string, RequestField>>;
