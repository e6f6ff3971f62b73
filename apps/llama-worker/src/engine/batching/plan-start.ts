import { commonPrefixLength } from './common-prefix-length';

/** One of the model's sequences and what the cache holds of it. */
export interface CachedSequence {
  readonly isFree: boolean;
  readonly keptTokenIds: readonly number[];
  /** The prompt that is being computed into it; empty once that is done. */
  readonly comingTokenIds: readonly number[];
  /** Grows with every use; the smallest is the longest unused. */
  readonly lastUse: number;
}

export interface StartPlan<Sequence> {
  readonly target: Sequence;
  /** A sequence whose cache is copied into the target first. */
  readonly copyFrom: Sequence | null;
}

/** So few tokens are computed as fast as they are copied, and may be forgotten. */
const CHEAP_TOKENS = 32;

/**
 * Where a prompt starts with the least to compute and the least to forget. A trajectory that goes on extends the sequence that
 * holds it. Anything else takes the longest unused sequence, with a copy of the longest prefix that any sequence holds: what
 * others may come back to stays. Null: now is not the time, because all are in use, or one is just computing the same prefix.
 */
export function planStart<Sequence extends CachedSequence>(
  sequences: readonly Sequence[],
  promptTokenIds: readonly number[],
): StartPlan<Sequence> | null {
  const rated = sequences.map((sequence) => ({ sequence, shared: commonPrefixLength(sequence.keptTokenIds, promptTokenIds) }));
  rated.sort((left, right) => right.shared - left.shared);
  const free = rated.filter(({ sequence }) => sequence.isFree);
  const extended = free.find(
    ({ sequence, shared }) => sequence.keptTokenIds.length - shared <= Math.min(CHEAP_TOKENS, shared) && shared > 0,
  );
  const target =
    extended ?? free.reduce<(typeof free)[number] | null>((best, other) => (best && isOlder(best, other) ? best : other), null);
  const source = rated[0];
  if (!target || !source) return null;
  const coming = Math.max(0, ...sequences.map(({ comingTokenIds }) => commonPrefixLength(comingTokenIds, promptTokenIds)));
  if (coming - source.shared >= CHEAP_TOKENS) return null;
  const isWorthCopying = source.shared - target.shared >= CHEAP_TOKENS;
  return { target: target.sequence, copyFrom: isWorthCopying ? source.sequence : null };
}

function isOlder({ sequence: left }: { readonly sequence: CachedSequence }, { sequence: right }: { readonly sequence: CachedSequence }) {
  const [leftEmpty, rightEmpty] = [left.keptTokenIds.length === 0, right.keptTokenIds.length === 0];
  return leftEmpty === rightEmpty ? left.lastUse <= right.lastUse : leftEmpty;
}
