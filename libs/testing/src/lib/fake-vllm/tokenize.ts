import type { VllmMessage, VllmTokenizeResponse } from '@interleave/contracts';
import { renderChat } from './chat-template';
import type { EngineLimits } from './completion-request';
import type { FakeTokenizer } from './fake-tokenizer';
import { VllmError } from './vllm-error';

/** `POST /tokenize`: a text (specials added unless told otherwise), or messages through the template (none added unless asked for). */
export function tokenize(body: Readonly<Record<string, unknown>>, engine: EngineLimits, tokenizer: FakeTokenizer): VllmTokenizeResponse {
  const isChat = Array.isArray(body['messages']);
  const text = isChat ? chatText(body) : body['prompt'];
  if (typeof text !== 'string') throw new VllmError(400, 'Send either prompt (a text) or messages.');
  const addsSpecials = isChat ? body['add_special_tokens'] === true : body['add_special_tokens'] !== false;
  const tokens = [...(engine.addsBegin && addsSpecials ? [tokenizer.beginId] : []), ...tokenizer.encode(text)];
  const tokenStrings = body['return_token_strs'] === true ? tokens.map((id) => tokenizer.decode([id])) : null;
  return { count: tokens.length, max_model_len: engine.maxModelLen, tokens, token_strs: tokenStrings };
}

/** `POST /detokenize`: control tokens are spelt out. */
export function detokenize(body: Readonly<Record<string, unknown>>, tokenizer: FakeTokenizer): { readonly prompt: string } {
  const tokens = body['tokens'];
  if (!Array.isArray(tokens)) throw new VllmError(400, 'tokens must be a list of token ids.', 'tokens');
  try {
    return { prompt: tokenizer.decode(tokens as number[]) };
  } catch (error) {
    throw new VllmError(400, (error as Error).message, 'tokens');
  }
}

function chatText(body: Readonly<Record<string, unknown>>): string {
  const addGenerationPrompt = body['add_generation_prompt'] !== false;
  const continueFinalMessage = body['continue_final_message'] === true;
  if (body['add_generation_prompt'] === true && continueFinalMessage) {
    throw new VllmError(400, 'Cannot set both `continue_final_message` and `add_generation_prompt` to True.');
  }
  return renderChat(body['messages'] as VllmMessage[], { addGenerationPrompt, continueFinalMessage });
}
