import type { ChatMessage } from '@interleave/turn-engine';
import type { Mark, WireToolCall } from './piece-vocabulary';

/** The messages that a context stands for, and whether the last one is to be gone on with. */
export interface Conversation {
  readonly messages: readonly ChatMessage[];
  readonly isLastOpen: boolean;
}

/** Reads marks and text back into messages. Text before any mark of a turn is the assistant's; what answers its calls comes in their order. */
export function toConversation(entries: readonly (string | Mark)[]): Conversation {
  const messages: ChatMessage[] = [];
  let waiting: WireToolCall[] = [];
  let role = 'assistant';
  let text = '';
  let calls: WireToolCall[] = [];
  const close = (): void => {
    const call = role === 'assistant' ? undefined : waiting.shift();
    if (role === 'assistant') {
      if (text !== '' || calls.length > 0) messages.push({ role, content: text, ...(calls.length > 0 ? { tool_calls: calls } : {}) });
      waiting = [...calls];
    } else if (call) {
      messages.push({ role: 'tool', content: text, ...{ tool_call_id: call.id } });
    } else {
      messages.push({ role: role === 'tool' ? 'user' : role, content: text });
    }
    [role, text, calls] = ['assistant', '', []];
  };
  for (const entry of entries) {
    if (typeof entry === 'string') text += entry;
    else if (entry.kind === 'message') messages.push(entry.message);
    else if (entry.kind === 'tool-call') calls.push(entry.call);
    else if (entry.kind === 'end') close();
    else role = entry.role;
  }
  const isLastOpen = text !== '' || calls.length > 0;
  if (isLastOpen) close();
  return { messages, isLastOpen };
}
