import { withoutControlIds } from './trajectory-evidence';
import type { TrajectoryEvidence } from './trajectory-evidence';

export type TrajectoryProperty =
  | 'context-is-full'
  | 'ends-with-end-of-sequence'
  | 'new-turn-through-separator'
  | 'observation-in-ordinary-ids'
  | 'one-round'
  | 'overshoot-kept'
  | 'user-stop-hidden';

type Check = (evidence: TrajectoryEvidence) => string | null | Promise<string | null>;

/** What a case may claim of its ids beyond P1 to P3: null if it holds, else what is wrong. */
export const TRAJECTORY_PROPERTIES: Readonly<Record<TrajectoryProperty, Check>> = {
  'context-is-full': ({ promptIds, ids, maxModelLen }) =>
    promptIds.length + ids.length === maxModelLen ? null : `the context holds ${promptIds.length + ids.length} of ${maxModelLen} ids`,

  'ends-with-end-of-sequence': ({ ids, mask, tokenizer }) =>
    ids.at(-1) === tokenizer.eosId && mask.at(-1) === 1 ? null : 'the last id is not the end of sequence with mask 1',

  'new-turn-through-separator': ({ segments, tokenizer }) => {
    const additions = segments.flatMap((segment, place) => (segment.isGenerated ? [] : [{ segment, before: segments[place - 1] }]));
    if (additions.length === 0) return 'nothing was appended after a round';
    for (const { segment, before } of additions) {
      if (!segment.ids.some((id) => tokenizer.controlIds.has(id))) return 'an addition holds no control token, so it begins no turn';
      const endedItself = before?.ids.at(-1) === tokenizer.eosId;
      if (endedItself && segment.ids[0] === tokenizer.eosId) return 'the turn was ended twice';
      if (!endedItself && segment.ids[0] !== tokenizer.eosId) return "the model's turn was not ended before the next one";
    }
    return null;
  },

  'observation-in-ordinary-ids': ({ segments, tokenizer }) => {
    const count = segments
      .filter(({ isGenerated }) => !isGenerated)
      .flatMap(({ ids }) => ids.filter((id) => tokenizer.controlIds.has(id))).length;
    return count === 0 ? null : `${count} control tokens stand in observations`;
  },

  'one-round': ({ segments, mask }) =>
    segments.length === 1 && mask[0] === 1 ? null : `${segments.length} segments instead of one generated one`,

  'overshoot-kept': async ({ segments, tokenizer }) => {
    const [first] = segments;
    const text = await tokenizer.detokenize(withoutControlIds(first?.ids ?? [], tokenizer));
    return /(```output|<\/python>)[^]+$/u.test(text)
      ? null
      : `the first round ends with its stop string: ${JSON.stringify(text.slice(-20))}`;
  },

  'user-stop-hidden': ({ text, decoded, userStops }) => {
    const hidden = decoded.slice(text.length);
    return decoded.startsWith(text) && userStops.some((stop) => hidden.startsWith(stop))
      ? null
      : `after the text the ids say ${JSON.stringify(hidden.slice(0, 40))}, which no user stop begins`;
  },
};
