import type { VllmMessage } from '@interleave/contracts';
import type { FakeTokenizer } from './fake-tokenizer';
import type { SamplingLimits } from './generate';
import { renderChat } from './chat-template';
import { contextOverflow, VllmError } from './vllm-error';

/** What the two completion routes have in common, read from the body. */
export interface CompletionRequest {
  readonly endpoint: '/v1/completions' | '/v1/chat/completions';
  readonly body: Readonly<Record<string, unknown>>;
  readonly prompts: readonly (readonly number[])[];
  readonly choicesPerPrompt: number;
  readonly isStream: boolean;
  readonly isUsageIncluded: boolean;
  readonly areIdsReturned: boolean;
  /** Alternatives per token, null for no logprobs. */
  readonly logprobs: number | null;
  /** For one prompt: a context that is too full is an error before anything is generated. */
  readonly limitsFor: (promptIds: readonly number[]) => SamplingLimits;
}

export interface EngineLimits {
  readonly maxModelLen: number;
  readonly addsBegin: boolean;
}

const COMPLETION_MAX_TOKENS = 16;

export function parseCompletionRequest(
  endpoint: CompletionRequest['endpoint'],
  body: Readonly<Record<string, unknown>>,
  engine: EngineLimits,
  tokenizer: FakeTokenizer,
): CompletionRequest {
  const isChat = endpoint === '/v1/chat/completions';
  const isStream = body['stream'] === true;
  const streamOptions = body['stream_options'] as { include_usage?: boolean } | null | undefined;
  if (streamOptions && !isStream) throw new VllmError(400, 'Stream options can only be defined when `stream=True`.');
  const prompts = isChat ? [chatPrompt(body, tokenizer)] : textPrompts(body, engine, tokenizer);
  const askedTokens =
    (isChat ? (body['max_completion_tokens'] ?? body['max_tokens']) : (body['max_tokens'] ?? COMPLETION_MAX_TOKENS)) ?? null;
  return {
    endpoint,
    body,
    prompts,
    choicesPerPrompt: integer(body, 'n', 1, 1),
    isStream,
    isUsageIncluded: streamOptions?.include_usage === true,
    areIdsReturned: body['return_token_ids'] === true,
    logprobs: isChat ? (body['logprobs'] === true ? integer(body, 'top_logprobs', 0, 0) : null) : optionalInteger(body, 'logprobs'),
    limitsFor: (promptIds) => {
      const room = engine.maxModelLen - promptIds.length;
      const maxTokens = askedTokens === null ? room : Number(askedTokens);
      if (!Number.isInteger(maxTokens) || (askedTokens !== null && maxTokens < 1)) {
        throw new VllmError(400, `max_tokens must be at least 1, got ${String(askedTokens)}.`, 'max_tokens');
      }
      if (room < 1 || maxTokens > room)
        throw contextOverflow(engine.maxModelLen, promptIds.length, askedTokens === null ? null : maxTokens);
      return { ...stopRules(body), maxTokens };
    },
  };
}

function stopRules(body: Readonly<Record<string, unknown>>): Omit<SamplingLimits, 'maxTokens'> {
  const stop = body['stop'] ?? [];
  const stops = (Array.isArray(stop) ? stop : [stop]).map(String);
  if (stops.includes('')) throw new VllmError(400, 'stop cannot contain an empty string.', 'stop');
  return {
    minTokens: integer(body, 'min_tokens', 0, 0),
    stops,
    isStopIncluded: body['include_stop_str_in_output'] === true,
    stopTokenIds: (body['stop_token_ids'] as number[] | null | undefined) ?? [],
    isEosIgnored: body['ignore_eos'] === true,
    areSpecialsSkipped: body['skip_special_tokens'] !== false,
  };
}

function chatPrompt(body: Readonly<Record<string, unknown>>, tokenizer: FakeTokenizer): number[] {
  const messages = body['messages'];
  if (!Array.isArray(messages) || messages.length === 0) throw new VllmError(400, 'messages must be a non-empty list.', 'messages');
  return tokenizer.encode(
    renderChat(messages as VllmMessage[], {
      addGenerationPrompt: body['add_generation_prompt'] !== false,
      continueFinalMessage: body['continue_final_message'] === true,
    }),
  );
}

function textPrompts(
  body: Readonly<Record<string, unknown>>,
  engine: EngineLimits,
  tokenizer: FakeTokenizer,
): readonly (readonly number[])[] {
  const prompt = body['prompt'];
  const list = isIds(prompt) || typeof prompt === 'string' ? [prompt] : prompt;
  if (!Array.isArray(list) || list.length === 0) {
    throw new VllmError(400, 'prompt must be a string, a list of strings, a list of token ids or a list of such lists.', 'prompt');
  }
  const begin = engine.addsBegin && body['add_special_tokens'] !== false ? [tokenizer.beginId] : [];
  return list.map((one: unknown) => {
    if (typeof one === 'string') return [...begin, ...tokenizer.encode(one)];
    if (!isIds(one)) throw new VllmError(400, 'a prompt must be a non-empty text or a non-empty list of token ids.', 'prompt');
    try {
      tokenizer.decode(one);
    } catch (error) {
      throw new VllmError(400, `Token id out of vocabulary: ${(error as Error).message}`, 'prompt');
    }
    return one;
  });
}

function isIds(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => Number.isInteger(id));
}

function integer(body: Readonly<Record<string, unknown>>, name: string, fallback: number, minimum: number): number {
  const value = optionalInteger(body, name) ?? fallback;
  if (value < minimum) throw new VllmError(400, `${name} must be at least ${minimum}, got ${value}.`, name);
  return value;
}

function optionalInteger(body: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = body[name] ?? null;
  if (value !== null && !Number.isInteger(value)) throw new VllmError(400, `${name} must be a whole number.`, name);
  return value as number | null;
}
