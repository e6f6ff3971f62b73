import { commonPrefixLength } from './common-prefix-length';

/** A sequence that no request uses now, and what the cache still holds of it. */
export interface FreeSequence {
  readonly sequence: number;
  readonly keptTokenIds: readonly number[];
  /** Grows with every use; the smallest is the longest unused. */
  readonly lastUse: number;
}

/**
 * The free sequence whose kept tokens share the longest prefix with the prompt. Where that is the same for several, the one
 * with the least to lose: the shortest, then the longest unused.
 */
export function chooseSequence<Sequence extends FreeSequence>(
  free: readonly Sequence[],
  promptTokenIds: readonly number[],
): Sequence | null {
  const rated = free.map((candidate) => ({ candidate, shared: commonPrefixLength(candidate.keptTokenIds, promptTokenIds) }));
  rated.sort(
    (left, right) =>
      right.shared - left.shared ||
      left.candidate.keptTokenIds.length - right.candidate.keptTokenIds.length ||
      left.candidate.lastUse - right.candidate.lastUse,
  );
  return rated[0]?.candidate ?? null;
}
