import { withoutControlIds } from './trajectory-evidence';
import type { TrajectoryEvidence } from './trajectory-evidence';

/** P1: what a round was sent starts with all that the round before was sent and all that it generated; the answer holds it all. */
export function contextGrows({ promptIds, ids, rounds }: TrajectoryEvidence): string | null {
  if (!rounds) return null;
  if (rounds.length === 0) return 'P1: no worker was asked';
  const all = [...promptIds, ...ids];
  if (rounds[0]?.promptIds.length !== promptIds.length) return 'P1: the first round was not sent exactly the prompt';
  for (const [place, round] of rounds.entries()) {
    if (!isStartOf(round.promptIds, all)) return `P1: what round ${place + 1} was sent is not a start of the answer's ids`;
    const end = [...round.promptIds, ...round.sentIds];
    if (!isStartOf(end, rounds[place + 1]?.promptIds ?? all))
      return `P1: ids that round ${place + 1} generated are missing in what follows`;
  }
  return null;
}

/** P2: the text is the decoding of the ids without control tokens; a round that a user stop ended is shown up to that stop. */
export async function textIsDecoding({ text, decoded, ids, segments, userStops, tokenizer }: TrajectoryEvidence): Promise<string | null> {
  if (text === decoded) return null;
  const violation = `P2: the text ${JSON.stringify(text)} is not the decoding of the ids ${JSON.stringify(decoded)}`;
  if (userStops.length === 0) return violation;
  let shown = '';
  let decodedLength = 0;
  let end = 0;
  for (const segment of segments) {
    end += segment.ids.length;
    const whole = await tokenizer.detokenize(withoutControlIds(ids.slice(0, end), tokenizer));
    const part = whole.slice(decodedLength);
    decodedLength = whole.length;
    const cut = segment.isGenerated ? Math.min(...userStops.map((stop) => part.indexOf(stop)).filter((at) => at >= 0)) : Infinity;
    shown += part.slice(0, cut);
  }
  return text === shown ? null : `${violation} with user stops hidden`;
}

/** P3: the mask is 1 exactly on ids that a worker sent. */
export function maskIsExact({ promptIds, mask, rounds }: TrajectoryEvidence): string | null {
  if (mask.some((bit) => bit !== 0 && bit !== 1)) return 'P3: the mask holds something else than 0 and 1';
  if (!rounds) return mask[0] === 1 || mask.length === 0 ? null : 'P3: the answer begins with an id that was not generated';
  const expected = mask.map(() => 0);
  for (const round of rounds) {
    const start = round.promptIds.length - promptIds.length;
    round.sentIds.forEach((_, place) => (expected[start + place] = 1));
  }
  const wrong = mask.findIndex((bit, place) => bit !== expected[place]);
  if (expected.length > mask.length) return 'P3: ids that were generated are missing';
  return wrong < 0 ? null : `P3: the mask is ${mask[wrong]} at ${wrong}, where it must be ${expected[wrong]}`;
}

function isStartOf(start: readonly number[], all: readonly number[]): boolean {
  return start.length <= all.length && start.every((id, place) => id === all[place]);
}
