import type { ChatMessage } from '@interleave/turn-engine';
import type { Mark, WireToolCall } from './piece-vocabulary';

/** What the second and further calls of one answer are told: all of its programs run as one. */
const SEE_FIRST = 'Ran together with the first call; see its output.';

/** The messages that a context stands for, and whether the last one is to be gone on with. */
export interface Conversation {
  readonly messages: readonly ChatMessage[];
  readonly isLastOpen: boolean;
}

/** Reads marks and text back into messages. Text before any mark of a turn is the assistant's. */
export function toConversation(entries: readonly (string | Mark)[]): Conversation {
  const messages: ChatMessage[] = [];
  let waiting: readonly WireToolCall[] = [];
  let role = 'assistant';
  let text = '';
  let calls: WireToolCall[] = [];
  const close = (): void => {
    if (role === 'assistant') {
      if (text !== '' || calls.length > 0) messages.push({ role, content: text, ...(calls.length > 0 ? { tool_calls: calls } : {}) });
      waiting = calls;
    } else if (waiting.length > 0) {
      const content = text;
      messages.push(...waiting.map(({ id }, index) => ({ role: 'tool', tool_call_id: id, content: index === 0 ? content : SEE_FIRST })));
      waiting = [];
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
