import type { ChatRendering } from '../engine/chat-template';
import { BodyReader, invalid } from '../http/body-reader';
import { parseChatRendering } from '../http/parse-chat-rendering';

export interface TokenizeRequest {
  readonly model: string | undefined;
  readonly text: string;
  /** Set: the text comes from these messages. */
  readonly rendering: ChatRendering | null;
  readonly addsSpecialTokens: boolean;
  readonly returnsTokenStrings: boolean;
}

/** The body of `POST /tokenize`: of a text, or of messages; special tokens are added to the former only unless told otherwise. */
export function parseTokenizeRequest(rawBody: unknown): TokenizeRequest {
  const body = new BodyReader(rawBody);
  const rendering = body.raw('messages') === undefined ? null : parseChatRendering(body);
  const text = body.string('prompt');
  if (rendering === null && text === undefined) throw invalid('prompt', 'must be a string, or send messages', null);
  return {
    model: body.string('model'),
    text: text ?? '',
    rendering,
    addsSpecialTokens: body.boolean('add_special_tokens') ?? rendering === null,
    returnsTokenStrings: body.boolean('return_token_strs') ?? false,
  };
}
