import { INTERLEAVE_OPTIONS } from './interleave-fields';
import { nullable } from './json-schema';
import type { JsonSchema } from './json-schema';
import { forWorker, hint, meaning, refused } from './request-field';
import type { RequestField } from './request-field';

const MAX_STOPS = 16;
const STOP: JsonSchema = { type: 'string', minLength: 1, maxLength: 1000 };
export const TOKEN_COUNT: JsonSchema = { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 };
export const TEXT_HINT: JsonSchema = { type: 'string', maxLength: 4096 };

/** OpenAI's fields that both endpoints have. */
export const SHARED_FIELDS = {
  model: meaning({ type: 'string', minLength: 1, maxLength: 1024 }, 'A served name, exactly; ids may hold slashes. Another one is a 404.'),
  n: meaning({ type: 'integer', minimum: 1, maximum: 128 }, 'Independent trajectories for each prompt.'),
  stream: meaning({ type: 'boolean' }, 'Server-sent events in place of one body.'),
  stream_options: meaning(
    {
      type: 'object',
      properties: {
        include_usage: nullable({ type: 'boolean' }),
        include_obfuscation: nullable({ type: 'boolean' }),
        continuous_usage_stats: nullable({ enum: [false] }),
      },
      additionalProperties: false,
    },
    'With `stream` only. `include_usage`: a last chunk with the totals. `include_obfuscation` is taken without effect; `continuous_usage_stats` is refused.',
  ),
  stop: meaning(
    { anyOf: [STOP, { type: 'array', items: STOP, maxItems: MAX_STOPS }] },
    `Ends the answer and is not shown. Up to ${MAX_STOPS}; one that is an action stop too stays an action stop.`,
  ),
  max_tokens: meaning(
    TOKEN_COUNT,
    'Tokens that the model generates, over all rounds (`interleave.max_tokens_scope: "turn"`: in each). Tool output does not count.',
  ),
  seed: meaning(
    { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    'Trajectory `i` gets `seed + i`. Beyond 2^53 numbers are not exact in JSON: refused.',
  ),
  temperature: forWorker('', { type: 'number', minimum: 0, maximum: 2 }),
  top_p: forWorker('', { type: 'number', minimum: 0, maximum: 1 }),
  presence_penalty: forWorker('', { type: 'number', minimum: -2, maximum: 2 }),
  frequency_penalty: forWorker('', { type: 'number', minimum: -2, maximum: 2 }),
  logit_bias: forWorker('By token id.', { type: 'object', additionalProperties: { type: 'number', minimum: -100, maximum: 100 } }),
  user: hint(TEXT_HINT, 'Nobody is told.'),
} satisfies Readonly<Record<string, RequestField>>;

/** Fields of vLLM and of ours that both endpoints have. What is named nowhere goes to the worker as well. */
export const EXTRA_FIELDS = {
  interleave: meaning(
    {
      type: 'object',
      properties: Object.fromEntries(Object.entries(INTERLEAVE_OPTIONS).map(([name, schema]) => [name, nullable(schema)])),
      additionalProperties: false,
    },
    "Values of the server's parameters for this request, and what the answer carries.",
  ),
  top_k: forWorker(''),
  min_p: forWorker(''),
  repetition_penalty: forWorker(''),
  length_penalty: forWorker(''),
  stop_token_ids: forWorker('Such a token ends the model’s turn, as the end of sequence does.'),
  min_tokens: forWorker('Of each round.'),
  ignore_eos: forWorker(''),
  bad_words: forWorker(''),
  allowed_token_ids: forWorker(''),
  structured_outputs: forWorker('As `response_format`.'),
  priority: forWorker(''),
  cache_salt: forWorker(''),
  vllm_xargs: forWorker(''),
  stream_interval: hint({ type: 'integer', minimum: 1, maximum: 1_000_000 }, 'Text is sent as it comes.'),
  include_stop_str_in_output: refused('Stop strings are not part of the answer: leave include_stop_str_in_output out.', { enum: [false] }),
  skip_special_tokens: refused('Special tokens are not part of the text: interleave.token_ids returns their ids.', { enum: [true] }),
  spaces_between_special_tokens: refused('Special tokens are not part of the text: leave spaces_between_special_tokens out.', {
    enum: [true],
  }),
  return_token_ids: refused('Send interleave.token_ids in place of return_token_ids.', { enum: [false] }),
  return_tokens_as_token_ids: refused('Send interleave.token_ids in place of return_tokens_as_token_ids.', { enum: [false] }),
  request_id: refused('Send the header x-request-id in place of request_id.'),
  prompt_logprobs: refused('Logprobs of the prompt are not supported.'),
  prompt_embeds: refused('Prompts are texts or token ids, not embeddings.'),
  truncate_prompt_tokens: refused('Shortening the prompt is not supported: send one that fits.'),
  use_beam_search: refused('Beam search is not supported: one trajectory is one path.', { enum: [false] }),
} satisfies Readonly<Record<string, RequestField>>;
