import type { ChatTurnSeparator } from './chat-turn-separator';
import type { Dialect, ObservationFrame } from './dialect';
import { frameAfterOvershoot, frameAsTurn } from './observation';
import { frameFor } from './observation-form';

/** Where an answer to a call stands: a round may ask for several. */
export interface AnswerPlace {
  /** The model ended its turn, so the answer to it is a new one. */
  readonly hasOwnTurn: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Functions of the client are called in the same round: the trajectory ends, and the client's text tells of the output. */
  readonly isBesideClientCall: boolean;
}

/** The place of all that follows a round which asks for nothing. */
export const WHOLE_ROUND = { isFirst: true, isBesideClientCall: false };

/** A sentence of ours as a turn of its own needs no fences. */
const NO_FRAME: ObservationFrame = { before: '', after: '' };
const NOTHING = { text: '', tokenIds: [] };

/** The frame of an answer at its place. */
export function frameAt(
  place: AnswerPlace,
  dialect: Dialect,
  action: string,
  answer: { readonly kind: 'output' | 'message'; readonly isTurn: boolean; readonly overshoot: string },
): ObservationFrame {
  const own = frameOf(place, dialect, action);
  const asTurn = answer.kind === 'message' ? NO_FRAME : frameAsTurn(own);
  const frame = answer.isTurn ? asTurn : frameAfterOvershoot(own, answer.overshoot);
  if (place.isFirst || (answer.isTurn && dialect.isNative)) return frame;
  return { ...frame, before: `${answer.isTurn ? '\n' : ''}${frame.before.trimStart()}` };
}

/** Of several answers the first opens the turn and the last closes it; to the worker's own calls each is a turn. */
export function separatorAt({ isFirst, isLast }: AnswerPlace, separator: ChatTurnSeparator, isEachTurn: boolean): ChatTurnSeparator {
  const { turnEnd, before } = isFirst || isEachTurn ? separator : { turnEnd: NOTHING, before: NOTHING };
  return { turnEnd, before, after: isLast ? separator.after : NOTHING };
}

function frameOf({ hasOwnTurn, isBesideClientCall }: AnswerPlace, dialect: Dialect, action: string): ObservationFrame {
  if (isBesideClientCall && dialect.functionCall !== null) return dialect.functionCall.outputBeside;
  return hasOwnTurn ? dialect.observationAlone : frameFor(action, dialect.observationAfterStop);
}
