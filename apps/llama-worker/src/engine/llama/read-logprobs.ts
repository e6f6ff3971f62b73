import type { TokenLogprobs } from '../language-model';

/**
 * Log probabilities from raw logits.
 * @param pairs `[id, logit, id, logit, …]`: the likeliest tokens, and the chosen one
 * @param totalWeight sum of exp(logit - highest logit) over the whole vocabulary
 */
export function readLogprobs(id: number, top: number, pairs: readonly number[], totalWeight: number): TokenLogprobs {
  const logits = new Map<number, number>();
  for (let index = 0; index + 1 < pairs.length; index += 2) logits.set(pairs[index] ?? -1, pairs[index + 1] ?? -Infinity);
  const ranked = [...logits].sort(([leftId, left], [rightId, right]) => right - left || leftId - rightId);
  const normalizer = (ranked[0]?.[1] ?? 0) + Math.log(totalWeight);
  return {
    logprob: (logits.get(id) ?? -Infinity) - normalizer,
    top: ranked.slice(0, top).map(([rankedId, logit]) => ({ id: rankedId, logprob: logit - normalizer })),
  };
}
