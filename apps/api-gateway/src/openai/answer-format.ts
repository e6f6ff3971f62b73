import { chatLogprobsOf, textLogprobsOf } from './answer-parts';
import type { PlacedLogprob } from './choice-fold';

/** What differs between the two endpoints, as data: names of objects and the shape of a choice. */
export interface AnswerFormat {
  readonly route: string;
  readonly idPrefix: string;
  readonly object: string;
  readonly chunkObject: string;
  /** Fields of a complete choice that hold its text. */
  readonly complete: (text: string) => Record<string, unknown>;
  /** Fields of a chunk's choice that hold a piece of text. */
  readonly delta: (text: string) => Record<string, unknown>;
  /** Fields of the first chunk of a choice, or null where there is none. */
  readonly opening: Record<string, unknown> | null;
  readonly logprobs: (entries: readonly PlacedLogprob[], top: number) => Record<string, unknown>;
}

export const CHAT_FORMAT: AnswerFormat = {
  route: 'chat/completions',
  idPrefix: 'chatcmpl-',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  complete: (text) => ({ message: { role: 'assistant', content: text, refusal: null } }),
  delta: (text) => ({ delta: text === '' ? {} : { content: text } }),
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
  opening: null,
  logprobs: textLogprobsOf,
};
