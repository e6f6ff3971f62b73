import type { ChatMessage, ChatRendering } from '../engine/chat-template';
import { BodyReader, invalid } from './body-reader';

/** The fields of a body that decide how its messages become a prompt. */
export function parseChatRendering(body: BodyReader): ChatRendering {
  const messages = body.raw('messages');
  if (!Array.isArray(messages) || messages.length === 0) throw invalid('messages', 'must be a non-empty list', messages ?? null);
  if (!messages.every(isMessage))
    throw invalid(
      'messages',
      'must hold objects with a role',
      messages.find((message) => !isMessage(message)),
    );
  const tools = body.raw('tools');
  if (tools !== undefined && !Array.isArray(tools)) throw invalid('tools', 'must be a list', tools);
  body.refuse('chat_template');
  const continueFinalMessage = body.boolean('continue_final_message') ?? false;
  const addGenerationPrompt = body.boolean('add_generation_prompt') ?? !continueFinalMessage;
  if (continueFinalMessage && addGenerationPrompt) {
    throw invalid('continue_final_message', 'excludes add_generation_prompt', true);
  }
  return { messages, addGenerationPrompt, continueFinalMessage, tools: tools ?? null, variables: body.object('chat_template_kwargs') };
}

function isMessage(value: unknown): value is ChatMessage {
  return value !== null && typeof value === 'object' && typeof Reflect.get(value, 'role') === 'string';
}
