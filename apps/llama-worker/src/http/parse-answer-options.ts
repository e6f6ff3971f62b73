import type { AnswerOptions } from './answer-request';
import { BodyReader, invalid } from './body-reader';

const GREEDY_BELOW = 1e-5;
const MAX_STOPS = 64;

/** The sampling and stop fields of both completion routes, with vLLM's defaults and limits. */
export function parseAnswerOptions(body: BodyReader, topLogprobs: number | null, vocabularySize: number): AnswerOptions {
  refuseWhatIsMissing(body);
  const temperature = body.number('temperature', { min: 0, max: 2 }) ?? 1;
  const topP = body.number('top_p', { min: 0, max: 1 }) ?? 1;
  if (topP === 0) throw invalid('top_p', 'must be in (0, 1]', topP);
  const repetitionPenalty = body.number('repetition_penalty', { min: 0 }) ?? 1;
  if (repetitionPenalty === 0) throw invalid('repetition_penalty', 'must be above 0', repetitionPenalty);
  return {
    temperature: temperature < GREEDY_BELOW ? 0 : temperature,
    topP,
    topK: Math.max(0, body.integer('top_k', { min: -1 }) ?? 0),
    minP: body.number('min_p', { min: 0, max: 1 }) ?? 0,
    presencePenalty: body.number('presence_penalty', { min: -2, max: 2 }) ?? 0,
    frequencyPenalty: body.number('frequency_penalty', { min: -2, max: 2 }) ?? 0,
    repetitionPenalty,
    seed: body.integer('seed') ?? null,
    logitBias: parseLogitBias(body, vocabularySize),
    minTokens: body.integer('min_tokens', { min: 0 }) ?? 0,
    topLogprobs,
    stops: parseStops(body),
    stopTokenIds: body.integers('stop_token_ids'),
    includesStop: body.boolean('include_stop_str_in_output') ?? false,
    ignoresEndOfSequence: body.boolean('ignore_eos') ?? false,
    skipsSpecialTokens: body.boolean('skip_special_tokens') ?? true,
  };
}

function parseStops(body: BodyReader): string[] {
  const stops = body.strings('stop');
  if (stops.includes('')) throw invalid('stop', 'cannot contain an empty string', stops);
  if (stops.length > MAX_STOPS) throw invalid('stop', `must hold at most ${MAX_STOPS} strings`, stops.length);
  return stops;
}

function parseLogitBias(body: BodyReader, vocabularySize: number): Map<number, number> {
  const entries = Object.entries(body.object('logit_bias') ?? {});
  return new Map(
    entries.map(([key, bias]) => {
      const id = Number(key);
      if (!Number.isInteger(id) || id < 0 || id >= vocabularySize) throw invalid('logit_bias', 'must name tokens of the vocabulary', key);
      if (typeof bias !== 'number' || bias < -100 || bias > 100) throw invalid('logit_bias', 'must hold numbers in [-100, 100]', bias);
      return [id, bias] as const;
    }),
  );
}

function refuseWhatIsMissing(body: BodyReader): void {
  const isEmpty = (value: unknown) => value === false || value === '' || (Array.isArray(value) && value.length === 0);
  const names = [
    'suffix',
    'echo',
    'prompt_logprobs',
    'logprob_token_ids',
    'prompt_embeds',
    'truncate_prompt_tokens',
    'allowed_token_ids',
    'bad_words',
    'structured_outputs',
    'guided_json',
    'guided_regex',
    'guided_choice',
    'guided_grammar',
    'use_beam_search',
    'kv_transfer_params',
    'repetition_detection',
  ];
  for (const name of names) body.refuse(name, isEmpty);
  body.refuse('response_format', (format) => format !== null && typeof format === 'object' && Reflect.get(format, 'type') === 'text');
}
