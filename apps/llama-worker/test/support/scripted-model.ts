import type { LanguageModel } from '../../src/engine/language-model';
import { ScriptedDecoder } from './scripted-decoder';
import { ScriptedTokenizer } from './scripted-tokenizer';

export interface ModelScript {
  /** Text that a prompt is answered with; the end of sequence comes after it. */
  readonly reply?: (prompt: string, seed: number) => string;
  readonly words?: readonly string[];
  readonly sequences?: number;
  readonly maxModelLen?: number;
  readonly chatTemplate?: string | null;
}

export interface ScriptedModel extends LanguageModel {
  readonly tokenizer: ScriptedTokenizer;
  readonly decoder: ScriptedDecoder;
}

export const CHAT_TEMPLATE =
  "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}" +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

/** A language model that answers from a script. */
export function scriptedModel(script: ModelScript = {}): ScriptedModel {
  const tokenizer = new ScriptedTokenizer(script.words);
  const reply = script.reply ?? (() => 'Hello there.');
  return {
    facts: {
      maxModelLen: script.maxModelLen ?? 256,
      chatTemplate: script.chatTemplate ?? CHAT_TEMPLATE,
      bosText: '',
      eosText: '<|im_end|>',
    },
    tokenizer,
    decoder: new ScriptedDecoder({
      sequences: script.sequences,
      reply: (promptTokenIds, { seed }) => [
        ...tokenizer.encode(reply(tokenizer.decode(promptTokenIds, { skipSpecialTokens: false }), seed)),
        tokenizer.endId,
      ],
    }),
    close: async () => undefined,
  };
}
