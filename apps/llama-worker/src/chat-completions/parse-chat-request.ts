import type { ChatRendering } from '../engine/chat-template';
import type { AnswerRequest } from '../http/answer-request';
import { BodyReader, invalid } from '../http/body-reader';
import { parseAnswerOptions } from '../http/parse-answer-options';
import { parseChatRendering } from '../http/parse-chat-rendering';

const MAX_ANSWERS = 128;
const MAX_LOGPROBS = 20;

export interface ChatRequest extends Omit<AnswerRequest<never>, 'prompts'> {
  readonly model: string | undefined;
  readonly rendering: ChatRendering;
  readonly addsSpecialTokens: boolean;
}

/** The body of `POST /v1/chat/completions`. @throws AppError `invalid_request`, naming the parameter */
export function parseChatRequest(rawBody: unknown, vocabularySize: number): ChatRequest {
  const body = new BodyReader(rawBody);
  const isStreamed = body.boolean('stream') ?? false;
  const streamOptions = body.object('stream_options');
  if (streamOptions && !isStreamed) throw invalid('stream_options', 'needs stream: true', streamOptions);
  // The model may be shown tools, but its calls are not taken out of the text here.
  body.refuse('tool_choice', (choice) => choice === 'none' || choice === 'auto');
  const wantsLogprobs = body.boolean('logprobs') ?? false;
  const topLogprobs = body.integer('top_logprobs', { min: 0, max: MAX_LOGPROBS });
  if (topLogprobs && !wantsLogprobs) throw invalid('top_logprobs', 'needs logprobs: true', topLogprobs);
  const maxTokens = body.integer('max_completion_tokens', { min: 1 }) ?? body.integer('max_tokens', { min: 1 }) ?? null;
  return {
    model: body.string('model'),
    rendering: parseChatRendering(body),
    addsSpecialTokens: body.boolean('add_special_tokens') ?? false,
    n: body.integer('n', { min: 1, max: MAX_ANSWERS }) ?? 1,
    isStreamed,
    includesUsage: streamOptions?.['include_usage'] === true,
    returnsTokenIds: body.boolean('return_token_ids') ?? false,
    showsTokensAsIds: body.boolean('return_tokens_as_token_ids') ?? false,
    maxTokens,
    isMaxTokensAsked: maxTokens !== null,
    options: parseAnswerOptions(body, wantsLogprobs ? (topLogprobs ?? 0) : null, vocabularySize),
  };
}
