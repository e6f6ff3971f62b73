import type { VllmMessage } from '@interleave/contracts';

export interface ChatTemplateOptions {
  readonly addGenerationPrompt: boolean;
  /** Leaves the last message open, so that the model goes on with it. */
  readonly continueFinalMessage: boolean;
}

/** ChatML for any role. Spellings of control tokens in a message are left as they are, as real templates do. */
export function renderChat(messages: readonly VllmMessage[], options: ChatTemplateOptions): string {
  const rendered = messages.map((message) => `<|im_start|>${message.role}\n${textOf(message.content)}<|im_end|>\n`).join('');
  if (options.continueFinalMessage) return rendered.slice(0, rendered.lastIndexOf('<|im_end|>'));
  return options.addGenerationPrompt ? `${rendered}<|im_start|>assistant\n` : rendered;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => String((part as { text?: unknown }).text ?? '')).join('');
}
