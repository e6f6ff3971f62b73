import { withoutHiddenSpellings } from './control-spelling';
import type { ChatTurnSeparator } from './chat-turn-separator';
import type { ObservationFrame } from './dialect';
import type { ModelPort } from './ports/model-port';
import type { TokenizedText } from './tokenize-output';
import { truncateOutput } from './truncate-output';
import type { TruncateSide } from './truncate-output';

/** Tokens that must remain for the model after an observation; with less there is no point in going on. */
const MIN_ROOM_FOR_MODEL = 64;

export interface ObservationLimits {
  readonly maxTokens: number;
  readonly side: TruncateSide;
  /** Tokens that the context has left. */
  readonly room: number;
}

/** An observation ready to join the context. */
export interface FittedObservation extends TokenizedText {
  /** What was shown inside the frame. */
  readonly output: string;
}

/**
 * Tokenises an observation piece by piece (separator, frame, output): frames are never cut, output is, to its limit and to the room in the context.
 * Null when it doesn't fit.
 */
export async function fitObservation(
  model: ModelPort,
  output: string,
  frame: ObservationFrame,
  separator: ChatTurnSeparator | null,
  limits: ObservationLimits,
  signal: AbortSignal,
): Promise<FittedObservation | null> {
  const tokenized = async (text: string): Promise<TokenizedText> => ({
    text,
    tokenIds: text === '' ? [] : await model.tokenize(text, signal),
  });
  const [opening, closing] = await Promise.all([tokenized(frame.before), tokenized(frame.after)]);
  const around = [...(separator ? [separator.turnEnd, separator.before] : []), opening, closing, ...(separator ? [separator.after] : [])];
  const frameLength = around.reduce((sum, part) => sum + part.tokenIds.length, 0);
  const roomForOutput = limits.room - MIN_ROOM_FOR_MODEL - frameLength;
  if (roomForOutput < 0) return null;
  const body = await truncateOutput(model, output, Math.min(limits.maxTokens, roomForOutput), limits.side, signal);
  if (body.tokenIds.length > roomForOutput) return null;
  const template = (part: TokenizedText): TokenizedText => ({ ...part, text: withoutHiddenSpellings(part.text) });
  const parts = separator
    ? [template(separator.turnEnd), template(separator.before), opening, body, closing, template(separator.after)]
    : [opening, body, closing];
  return { output: body.text, text: parts.map((part) => part.text).join(''), tokenIds: parts.flatMap((part) => [...part.tokenIds]) };
}

/** The frame without leading white space that the model's last token already holds. */
export function frameAfterOvershoot(frame: ObservationFrame, overshoot: string): ObservationFrame {
  if (overshoot === '' || overshoot.trim() !== '') return frame;
  let shared = 0;
  while (shared < overshoot.length && frame.before[shared] === overshoot[shared]) shared += 1;
  return { ...frame, before: frame.before.slice(shared) };
}

/** The frame as the content of a chat turn: blank lines around it mean nothing there. */
export function frameAsTurn(frame: ObservationFrame): ObservationFrame {
  return { before: frame.before.trimStart(), after: frame.after.trimEnd() };
}
