import type { VllmCompletionChoice, VllmUsage } from '@interleave/contracts';
import type { CompletionRequest } from './completion-request';
import type { FakeToolCall } from './fake-reply';
import { fakeLogprobs } from './fake-logprobs';
import type { FakeTokenizer } from './fake-tokenizer';
import type { GenerationStep } from './generate';

/** Fields that every body and every frame of one answer share. */
export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export interface ChoicePart extends GenerationStep {
  readonly index: number;
  readonly promptIds: readonly number[];
  /** Length of the answer's text before this part, for `text_offset`. */
  readonly textOffset: number;
  /** The first part of its choice carries the prompt's ids, and in a chat the role. */
  readonly isFirst: boolean;
  /** With the last part of a chat. */
  readonly toolCalls: readonly FakeToolCall[];
}

/** A frame of the stream. */
export function renderChunk(head: AnswerHead, part: ChoicePart, request: CompletionRequest, tokenizer: FakeTokenizer): unknown {
  const isChat = request.endpoint === '/v1/chat/completions';
  if (!isChat) {
    return { ...head, object: 'text_completion', choices: [textChoice(part, request, tokenizer)], usage: null };
  }
  const calls = part.toolCalls.map(({ name, arguments: values }, index) => ({
    index,
    id: `chatcmpl-tool-${index}`,
    type: 'function',
    function: { name, arguments: values },
  }));
  const delta = { ...(part.isFirst ? { role: 'assistant' } : {}), content: part.text, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ ...chatEnd(part, request, tokenizer), index: part.index, delta }],
    ...(request.areIdsReturned && part.isFirst ? { prompt_token_ids: part.promptIds } : {}),
  };
}

/** The whole answer. */
export function renderCompletion(
  head: AnswerHead,
  parts: readonly ChoicePart[],
  usage: VllmUsage,
  request: CompletionRequest,
  tokenizer: FakeTokenizer,
): unknown {
  if (request.endpoint === '/v1/completions') {
    return { ...head, object: 'text_completion', choices: parts.map((part) => textChoice(part, request, tokenizer)), usage };
  }
  return {
    ...head,
    object: 'chat.completion',
    choices: parts.map((part) => ({
      ...chatEnd(part, request, tokenizer),
      index: part.index,
      message: { role: 'assistant', content: part.text, tool_calls: [] },
    })),
    usage,
    prompt_token_ids: request.areIdsReturned ? parts[0]?.promptIds : null,
  };
}

/** The frame after the last one, where the client asked for usage. */
export function renderUsageChunk(head: AnswerHead, usage: VllmUsage, request: CompletionRequest): unknown {
  return { ...head, object: request.endpoint === '/v1/completions' ? 'text_completion' : 'chat.completion.chunk', choices: [], usage };
}

function textChoice(part: ChoicePart, request: CompletionRequest, tokenizer: FakeTokenizer): VllmCompletionChoice {
  return {
    index: part.index,
    text: part.text,
    logprobs: request.logprobs === null ? null : fakeLogprobs(part.ids, request.logprobs, part.textOffset, tokenizer),
    finish_reason: part.finish?.reason ?? null,
    stop_reason: part.finish?.stopReason ?? null,
    prompt_token_ids: request.areIdsReturned && part.isFirst ? part.promptIds : null,
    token_ids: request.areIdsReturned ? part.ids : null,
  };
}

function chatEnd(part: ChoicePart, request: CompletionRequest, tokenizer: FakeTokenizer) {
  const logprobs = request.logprobs === null ? null : fakeLogprobs(part.ids, request.logprobs, part.textOffset, tokenizer);
  return {
    logprobs: logprobs && {
      content: logprobs.tokens.map((token, index) => ({ token, logprob: logprobs.token_logprobs[index], top_logprobs: [] })),
    },
    finish_reason: part.toolCalls.length > 0 && part.finish?.reason === 'stop' ? 'tool_calls' : (part.finish?.reason ?? null),
    stop_reason: part.finish?.stopReason ?? null,
    ...(request.areIdsReturned ? { token_ids: part.ids } : {}),
  };
}
