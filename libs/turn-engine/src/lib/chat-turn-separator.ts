import { isAppError } from '@interleave/kernel';
import { leadingControlSpelling } from './control-spelling';
import type { ModelPort } from './ports/model-port';
import type { TokenizedText } from './tokenize-output';

/** What stands between an answer and an observation that is a chat turn of its own, and between it and the next answer. */
export interface ChatTurnSeparator {
  /** Ends the model's turn; left out where the model ended it itself. */
  readonly turnEnd: TokenizedText;
  readonly before: TokenizedText;
  readonly after: TokenizedText;
}

export interface ChatTurnSeparatorOptions {
  /** Role of the observation's turn. */
  readonly role: string;
  /** Text with `{obs}` in it, in place of what the template says. */
  readonly separator: string | null;
  readonly turnEndToken: string | null;
}

const ANSWER = 'ANSWERPLACE';
const OBSERVATION = 'OBSERVATIONPLACE';
const PLAIN = { turnEnd: '', before: '\n\n', after: '\n\n' };

/** Reads the separator off the model's own chat template, by rendering a conversation with known places in it. */
export async function deriveChatTurnSeparator(
  model: ModelPort,
  options: ChatTurnSeparatorOptions,
  signal: AbortSignal,
): Promise<ChatTurnSeparator> {
  const fromTemplate =
    options.separator !== null && options.turnEndToken !== null ? PLAIN : await readTemplate(model, options.role, signal);
  const [before, after] = options.separator === null ? [fromTemplate.before, fromTemplate.after] : splitAtPlace(options.separator);
  const tokenized = async (text: string): Promise<TokenizedText> => ({
    text,
    tokenIds: text === '' ? [] : await model.tokenize(text, signal),
  });
  return {
    turnEnd: await tokenized(options.turnEndToken ?? fromTemplate.turnEnd),
    before: await tokenized(before),
    after: await tokenized(after),
  };
}

async function readTemplate(model: ModelPort, role: string, signal: AbortSignal): Promise<typeof PLAIN> {
  const conversation = [
    { role: 'user', content: 'QUESTIONPLACE' },
    { role: 'assistant', content: ANSWER },
    { role, content: OBSERVATION },
  ];
  let rendered: string;
  try {
    rendered = await model.detokenize(await model.renderChat(conversation, signal), signal);
  } catch (error) {
    // A base model has no chat template: the worker refuses to render, and turns are plain paragraphs.
    if (isAppError(error) && error.code === 'invalid_request') return PLAIN;
    throw error;
  }
  const answerEnd = rendered.indexOf(ANSWER) + ANSWER.length;
  const observationStart = rendered.indexOf(OBSERVATION, answerEnd);
  if (!rendered.includes(ANSWER) || observationStart < 0) return PLAIN;
  const between = rendered.slice(answerEnd, observationStart);
  const turnEnd = leadingControlSpelling(between);
  return { turnEnd, before: between.slice(turnEnd.length), after: rendered.slice(observationStart + OBSERVATION.length) };
}

function splitAtPlace(separator: string): [string, string] {
  const at = separator.indexOf('{obs}');
  return [separator.slice(0, at), separator.slice(at + '{obs}'.length)];
}
