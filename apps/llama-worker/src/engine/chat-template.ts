import { Template } from '@huggingface/jinja';
import { AppError } from '@interleave/kernel';
import type { ModelFacts } from './language-model';

export interface ChatMessage {
  readonly role: string;
  readonly content: unknown;
  readonly [extra: string]: unknown;
}

export interface ChatRendering {
  readonly messages: readonly ChatMessage[];
  /** Ends with the header of the assistant's turn. */
  readonly addGenerationPrompt: boolean;
  /** The last message is left open, so that the model goes on with it. */
  readonly continueFinalMessage: boolean;
  readonly tools?: readonly unknown[] | null;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The chat template that comes with the model. Most models have one that expects each content to be a string. */
export class ChatTemplate {
  private readonly template: Template | null;

  constructor(private readonly facts: ModelFacts) {
    this.template = facts.chatTemplate === null ? null : new Template(facts.chatTemplate);
  }

  /** @throws AppError `invalid_request` where the model has no template, or the template refuses the messages */
  render(rendering: ChatRendering): string {
    if (this.template === null) {
      throw new AppError('invalid_request', 'This model has no chat template: use /v1/completions.', { param: 'messages' });
    }
    const messages = rendering.messages.map((message) => ({ ...message, content: textOf(message.content) }));
    const last = messages.at(-1)?.content ?? '';
    let text: string;
    try {
      text = this.template.render({
        ...rendering.variables,
        messages,
        tools: rendering.tools ?? null,
        add_generation_prompt: rendering.addGenerationPrompt,
        bos_token: this.facts.bosText,
        eos_token: this.facts.eosText,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new AppError('invalid_request', `The chat template of the model refuses these messages: ${reason}`, {
        param: 'messages',
        cause: error,
      });
    }
    if (!rendering.continueFinalMessage) return text;
    const open = last.trimEnd();
    const at = text.lastIndexOf(open);
    if (open === '' || at < 0) {
      throw new AppError('invalid_request', 'The last message does not appear in the rendered prompt, so it cannot be continued.', {
        param: 'continue_final_message',
      });
    }
    return text.slice(0, at + open.length);
  }
}

/** A content of several parts is their texts, one per line, as vLLM does it. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) throw new AppError('invalid_request', 'content must be a string or a list of parts.', { param: 'messages' });
  return content
    .map((part: unknown) => {
      const text: unknown =
        typeof part === 'string' ? part : part !== null && typeof part === 'object' ? Reflect.get(part, 'text') : undefined;
      if (typeof text === 'string') return text;
      throw new AppError('invalid_request', 'This model reads text only: every part of a content must be of type "text".', {
        param: 'messages',
      });
    })
    .join('\n');
}
