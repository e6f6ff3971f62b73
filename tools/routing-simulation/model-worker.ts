/** Tokens in a block of the cache, as vLLM's. */
export const BLOCK_TOKENS = 16;

/** How fast a worker is, and what it holds: an 8B model on one GPU, roughly. */
export interface WorkerSpeed {
  readonly promptTokensPerMs: number;
  readonly stepMs: number;
  readonly stepMsPerSequence: number;
  readonly promptTokensPerStep: number;
  readonly maxSequences: number;
  readonly cacheBlocks: number;
}

export const GPU: WorkerSpeed = {
  promptTokensPerMs: 8,
  stepMs: 6,
  stepMsPerSequence: 0.35,
  promptTokensPerStep: 2048,
  maxSequences: 64,
  cacheBlocks: 12_000,
};

/** A round as a worker sees it. */
export interface Sequence {
  /** Names of the blocks of its prompt, each standing for everything up to its end. */
  readonly blocks: readonly number[];
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly arrivedMs: number;
  cachedTokens: number;
  leftOfPrompt: number;
  generated: number;
  firstTokenMs: number;
}

/** One inference server: continuous batching with chunked prefill, a queue, and a prefix cache that evicts what was used longest ago. */
export class ModelWorker {
  readonly waiting: Sequence[] = [];
  readonly running: Sequence[] = [];
  /** Blocks in the cache, in order of their last use. */
  private readonly cache = new Set<number>();
  private heldBlocks = 0;

  constructor(
    readonly id: string,
    private readonly speed: WorkerSpeed,
  ) {}

  get cacheUse(): number {
    return Math.min(1, this.heldBlocks / this.speed.cacheBlocks);
  }

  /** One step of the engine. Returns its duration and what it completed; null when there is nothing to do. */
  step(nowMs: number): { readonly ms: number; readonly done: readonly Sequence[] } | null {
    this.admit();
    if (this.running.length === 0) return null;
    let budget = this.speed.promptTokensPerStep;
    let computed = 0;
    let generating = 0;
    const emitting: Sequence[] = [];
    for (const sequence of this.running) {
      if (sequence.leftOfPrompt > 0) {
        const part = Math.min(sequence.leftOfPrompt, budget);
        budget -= part;
        computed += part;
        sequence.leftOfPrompt -= part;
        if (sequence.leftOfPrompt > 0) continue;
        this.remember(sequence.blocks);
      }
      generating += 1;
      emitting.push(sequence);
    }
    const ms = this.speed.stepMs + generating * this.speed.stepMsPerSequence + computed / this.speed.promptTokensPerMs;
    const done: Sequence[] = [];
    for (const sequence of emitting) {
      if (sequence.generated === 0) sequence.firstTokenMs = nowMs + ms;
      sequence.generated += 1;
      if (sequence.generated >= sequence.generatedTokens) done.push(sequence);
    }
    for (const sequence of done) {
      this.running.splice(this.running.indexOf(sequence), 1);
      this.heldBlocks -= blocksOf(sequence);
    }
    return { ms, done };
  }

  /** What waits is let in, first come, first served, while there is room for all that it will ever need. */
  private admit(): void {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      const needed = blocksOf(next);
      const hasRoom = this.heldBlocks + needed <= this.speed.cacheBlocks || this.running.length === 0;
      if (this.running.length >= this.speed.maxSequences || !hasRoom) return;
      this.waiting.shift();
      this.heldBlocks += needed;
      let known = 0;
      while (known < next.blocks.length && this.cache.has(next.blocks[known] as number)) known += 1;
      // The last token is always computed.
      next.cachedTokens = Math.min(known * BLOCK_TOKENS, next.promptTokens - 1);
      next.leftOfPrompt = next.promptTokens - next.cachedTokens;
      this.running.push(next);
    }
  }

  private remember(blocks: readonly number[]): void {
    for (let index = blocks.length - 1; index >= 0; index -= 1) {
      const block = blocks[index] as number;
      this.cache.delete(block);
      this.cache.add(block);
    }
    for (const oldest of this.cache) {
      if (this.cache.size <= this.speed.cacheBlocks) return;
      this.cache.delete(oldest);
    }
  }
}

function blocksOf({ promptTokens, generatedTokens }: Sequence): number {
  return Math.ceil((promptTokens + generatedTokens) / BLOCK_TOKENS);
}
