export interface ContextWish {
  /** Longest context that the model was trained for. */
  readonly trainedLength: number;
  /** MAX_MODEL_LEN, where it is set. */
  readonly askedLength: number | undefined;
  readonly askedSequences: number;
  readonly bytesPerToken: number;
  readonly budgetBytes: number;
}

export interface ContextPlan {
  readonly maxModelLen: number;
  readonly sequences: number;
  /** What had to give way to the memory budget, as a sentence; null: nothing. */
  readonly reduction: string | null;
}

const STEP = 256;
/** Without MAX_MODEL_LEN, sequences are given up before the context gets shorter than this. */
const DECENT_LENGTH = 4096;

/**
 * Fits context length × sequences into the memory for the cache: an asked length is kept and sequences are given up;
 * else the length gives way first.
 */
export function planContext({ trainedLength, askedLength, askedSequences, bytesPerToken, budgetBytes }: ContextWish): ContextPlan {
  const budgetTokens = Math.max(STEP, Math.floor(budgetBytes / Math.max(1, bytesPerToken)));
  const wanted = Math.min(trainedLength, askedLength ?? trainedLength);
  if (wanted * askedSequences <= budgetTokens) return { maxModelLen: wanted, sequences: askedSequences, reduction: null };
  const fairShare = Math.floor(budgetTokens / askedSequences / STEP) * STEP;
  const shortest = askedLength === undefined ? Math.min(wanted, Math.max(fairShare, DECENT_LENGTH)) : wanted;
  const sequences = Math.max(1, Math.min(askedSequences, Math.floor(budgetTokens / shortest)));
  const maxModelLen = askedLength === undefined ? Math.min(shortest, Math.max(STEP, Math.floor(budgetTokens / STEP) * STEP)) : wanted;
  const mebibytes = Math.round((bytesPerToken * wanted * askedSequences) / 2 ** 20);
  return {
    maxModelLen,
    sequences,
    reduction:
      `A context of ${wanted} tokens for ${askedSequences} sequences would take ${mebibytes} MiB of cache: serving ${maxModelLen} tokens ` +
      `for ${sequences}. Set CACHE_MEMORY_MIB to allow more, or MAX_MODEL_LEN and PARALLEL_SEQUENCES to choose yourself.`,
  };
}
