/** Tokens that one hash stands for. Engines cache in blocks of 16; a coarser one finds the same worker for less. */
export const PREFIX_BLOCK_TOKENS = 64;

/**
 * Hashes of the blocks of a context that only grows; each stands for everything up to its end, so two contexts share a start of as many blocks
 * as they have equal hashes. A context that grew costs only what is new.
 */
export class PrefixChain {
  private readonly hashes: number[] = [];
  private low = 0x811c9dc5;
  private high = 0x01000193;

  /** @param contextIds the same ids as the last time, and those that came since */
  extend(contextIds: readonly number[]): readonly number[] {
    const whole = Math.floor(contextIds.length / PREFIX_BLOCK_TOKENS);
    for (let block = this.hashes.length; block < whole; block += 1) {
      let { low, high } = this;
      for (let at = block * PREFIX_BLOCK_TOKENS, end = at + PREFIX_BLOCK_TOKENS; at < end; at += 1) {
        const id = contextIds[at] as number;
        low = Math.imul(low ^ id, 0x01000193);
        low ^= low >>> 15;
        high = Math.imul(high ^ id, 0x85ebca6b);
        high ^= high >>> 13;
      }
      [this.low, this.high] = [low, high];
      // 53 bits: what a number holds exactly.
      this.hashes.push((low >>> 0) * 0x20_0000 + (high >>> 11));
    }
    return this.hashes;
  }
}
