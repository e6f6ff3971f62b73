import { PREFIX_BLOCK_TOKENS } from './prefix-chain';

/** Blocks remembered of one worker: a million tokens, as many as a large cache holds. */
const MAX_BLOCKS = 16_384;

/** What workers have probably cached: the contexts that were sent there last, as hashes of their blocks. Bounded; who was used last stays. */
export class PrefixIndex {
  private readonly blocks = new Map<string, Set<number>>();

  constructor(private readonly maxBlocks = MAX_BLOCKS) {}

  /** Tokens at the start of the context that were sent to the worker before. */
  cachedTokens(workerId: string, hashes: readonly number[]): number {
    const known = this.blocks.get(workerId);
    if (!known) return 0;
    let count = 0;
    while (count < hashes.length && known.has(hashes[count] as number)) count += 1;
    return count * PREFIX_BLOCK_TOKENS;
  }

  /** The worker computes this context now. */
  record(workerId: string, hashes: readonly number[]): void {
    let known = this.blocks.get(workerId);
    if (!known) this.blocks.set(workerId, (known = new Set()));
    // The start of a context last: it is of use to most, and the end of one without its start to nobody.
    for (let index = Math.min(hashes.length, this.maxBlocks) - 1; index >= 0; index -= 1) {
      const hash = hashes[index] as number;
      known.delete(hash);
      known.add(hash);
    }
    for (const oldest of known) {
      if (known.size <= this.maxBlocks) break;
      known.delete(oldest);
    }
  }

  /** The worker was started anew: its cache is empty. */
  forget(workerId: string): void {
    this.blocks.delete(workerId);
  }
}
