/**
 * Shares the tokens of one pass among sequences. Those that wait for a single token come first, so that a long prompt never
 * stops running answers; what is left goes to prompts, in the order they came.
 * @param pending tokens that each sequence has to go through
 * @returns tokens to take of each, in the same order
 */
export function planBatch(pending: readonly number[], batchTokens: number): number[] {
  const plan = pending.map(() => 0);
  let room = batchTokens;
  for (const isPrompt of [false, true]) {
    pending.forEach((count, index) => {
      if (count > 1 !== isPrompt) return;
      const taken = Math.min(count, room);
      plan[index] = taken;
      room -= taken;
    });
  }
  return plan;
}
