import type OpenAI from 'openai';
import { OPENAI_CHAT_FIELDS } from './chat-fields';
import type { RequestField } from './request-field';
import { OPENAI_TEXT_FIELDS } from './text-fields';

// The compiler is the test: a field that the SDK gains, or one that it has lost, is an error here.
const CHAT: Record<keyof OpenAI.ChatCompletionCreateParams, RequestField> = OPENAI_CHAT_FIELDS;
const TEXT: Record<keyof OpenAI.CompletionCreateParams, RequestField> = OPENAI_TEXT_FIELDS;
const chatNames: readonly (keyof OpenAI.ChatCompletionCreateParams)[] = Object.keys(
  OPENAI_CHAT_FIELDS,
) as (keyof typeof OPENAI_CHAT_FIELDS)[];
const textNames: readonly (keyof OpenAI.CompletionCreateParams)[] = Object.keys(OPENAI_TEXT_FIELDS) as (keyof typeof OPENAI_TEXT_FIELDS)[];

describe("the tables of OpenAI's fields", () => {
  it('hold every field of the SDK, and nothing else', () => {
    expect([chatNames.length, textNames.length]).toEqual([37, 18]);
  });

  it.each([...Object.entries(CHAT), ...Object.entries(TEXT)].filter(([, field]) => field.treatment === 'refused'))(
    'say what to do in place of %s',
    (_name, field) => {
      expect(field.note).toMatch(/\.$/);
    },
  );
});
