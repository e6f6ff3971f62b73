import type { ClientCall } from './choice-fold';
import { chatLogprobsOf, textLogprobsOf } from './answer-parts';
import type { PlacedLogprob } from './choice-fold';

/** What differs between the two endpoints, as data: names of objects and the shape of a choice. */
export interface AnswerFormat {
  readonly route: string;
  readonly idPrefix: string;
  readonly object: string;
  readonly chunkObject: string;
  /** Fields of a complete choice that hold its text. */
  readonly complete: (text: string, calls: readonly ClientCall[]) => Record<string, unknown>;
  /** Fields of a chunk's choice that hold a piece of text. */
  readonly delta: (text: string) => Record<string, unknown>;
  /** Fields of the first chunk of a choice, or null where there is none. */
  /** Fields of the chunks that hold calls of the client's functions. */
  readonly calls: (calls: readonly ClientCall[]) => Record<string, unknown>[];
  readonly opening: Record<string, unknown> | null;
  readonly logprobs: (entries: readonly PlacedLogprob[], top: number) => Record<string, unknown>;
}

export const CHAT_FORMAT: AnswerFormat = {
  route: 'chat/completions',
  idPrefix: 'chatcmpl-',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  complete: (text, calls) => ({
    message: {
      role: 'assistant',
      content: text === '' && calls.length > 0 ? null : text,
      refusal: null,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    },
  }),
  delta: (text) => ({ delta: text === '' ? {} : { content: text } }),
  calls: (calls) =>
    calls.flatMap(({ id, type, function: { name, arguments: values } }, index) => [
      { delta: { tool_calls: [{ index, id, type, function: { name, arguments: '' } }] } },
      { delta: { tool_calls: [{ index, function: { arguments: values } }] } },
    ]),
  opening: { delta: { role: 'assistant', content: '' } },
  logprobs: chatLogprobsOf,
};

export const TEXT_FORMAT: AnswerFormat = {
  route: 'completions',
  idPrefix: 'cmpl-',
  object: 'text_completion',
  chunkObject: 'text_completion',
  complete: (text) => ({ text }),
  delta: (text) => ({ text }),
  calls: () => [],
  opening: null,
  logprobs: textLogprobsOf,
};
