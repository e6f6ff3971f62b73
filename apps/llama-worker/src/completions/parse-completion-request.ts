import type { AnswerRequest } from '../http/answer-request';
import { BodyReader, invalid, isIntegerList } from '../http/body-reader';
import { parseAnswerOptions } from '../http/parse-answer-options';

const DEFAULT_MAX_TOKENS = 16;
const MAX_ANSWERS = 128;
const MAX_LOGPROBS = 20;
const MAX_PROMPTS = 1024;

export type CompletionPrompt = string | readonly number[];

export interface CompletionRequest extends AnswerRequest<CompletionPrompt> {
  readonly model: string | undefined;
  readonly addsSpecialTokens: boolean;
}

/** The body of `POST /v1/completions`. @throws AppError `invalid_request`, naming the parameter */
export function parseCompletionRequest(rawBody: unknown, vocabularySize: number): CompletionRequest {
  const body = new BodyReader(rawBody);
  const isStreamed = body.boolean('stream') ?? false;
  const streamOptions = body.object('stream_options');
  if (streamOptions && !isStreamed) throw invalid('stream_options', 'needs stream: true', streamOptions);
  const n = body.integer('n', { min: 1, max: MAX_ANSWERS }) ?? 1;
  const bestOf = body.integer('best_of', { min: 1 });
  if (bestOf !== undefined && bestOf !== n) throw invalid('best_of', 'is not supported unless it equals n', bestOf);
  const maxTokens = body.integer('max_tokens', { min: 1 });
  return {
    model: body.string('model'),
    prompts: parsePrompts(body.raw('prompt'), vocabularySize),
    addsSpecialTokens: body.boolean('add_special_tokens') ?? true,
    n,
    isStreamed,
    includesUsage: streamOptions?.['include_usage'] === true,
    returnsTokenIds: body.boolean('return_token_ids') ?? false,
    showsTokensAsIds: body.boolean('return_tokens_as_token_ids') ?? false,
    maxTokens: maxTokens ?? DEFAULT_MAX_TOKENS,
    isMaxTokensAsked: maxTokens !== undefined,
    options: parseAnswerOptions(body, body.integer('logprobs', { min: 0, max: MAX_LOGPROBS }) ?? null, vocabularySize),
  };
}

function parsePrompts(prompt: unknown, vocabularySize: number): CompletionPrompt[] {
  if (typeof prompt === 'string') return [prompt];
  if (!Array.isArray(prompt) || prompt.length === 0) {
    throw invalid('prompt', 'must be a string, a list of strings, a list of token ids or a list of such lists', prompt ?? null);
  }
  const elements: readonly unknown[] = prompt;
  if (isIntegerList(prompt)) return [checkedIds(prompt, vocabularySize)];
  if (elements.length > MAX_PROMPTS) throw invalid('prompt', `must hold at most ${MAX_PROMPTS} prompts`, elements.length);
  return elements.map((element) => {
    if (typeof element === 'string') return element;
    if (isIntegerList(element) && element.length > 0) return checkedIds(element, vocabularySize);
    throw invalid('prompt', 'must hold strings or non-empty lists of token ids', element);
  });
}

function checkedIds(ids: readonly number[], vocabularySize: number): readonly number[] {
  const unknown = ids.find((id) => id < 0 || id >= vocabularySize);
  if (unknown !== undefined) throw invalid('prompt', `must hold token ids of the vocabulary, which has ${vocabularySize}`, unknown);
  return ids;
}
