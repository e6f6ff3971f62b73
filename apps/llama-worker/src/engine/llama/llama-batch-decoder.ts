import type { BatchDecoder, BatchItem, LogitsIndex, TokenSampler } from '../language-model';
import type { SamplingParameters } from '../sampling/sampling-parameters';
import type { LlamaBindings } from './llama-bindings';
import { LlamaSampler } from './llama-sampler';

const NO_LOGITS = new Uint32Array(0);

/** llama.cpp's context as a batch decoder: its sequences are ours. */
export class LlamaBatchDecoder implements BatchDecoder {
  constructor(
    private readonly bindings: LlamaBindings,
    readonly sequenceCount: number,
    readonly batchTokens: number,
    private readonly maxModelLen: number,
  ) {}

  async decode(items: readonly BatchItem[]): Promise<readonly (LogitsIndex | null)[]> {
    const { context } = this.bindings;
    context.initBatch(items.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0));
    const logits = items.map(({ sequence, position, tokenIds, wantsLogits }) => {
      const wanted = wantsLogits ? Uint32Array.of(tokenIds.length - 1) : NO_LOGITS;
      const [index] = context.addToBatch(sequence, position, Uint32Array.from(tokenIds), wanted);
      return index === undefined ? null : (index as LogitsIndex);
    });
    await context.decodeBatch();
    return logits;
  }

  createSampler(sampling: SamplingParameters, promptTokenIds: readonly number[]): TokenSampler {
    return new LlamaSampler(this.bindings, sampling, promptTokenIds, this.maxModelLen);
  }

  async copy(source: number, target: number): Promise<number> {
    this.bindings.context.disposeSequence(target);
    return (await this.bindings.context.copySequenceStateFromOtherSequence(target, source)) + 1;
  }

  truncate(sequence: number, length: number): number {
    // Recurrent models keep one state, not one per token: they can't be cut, only emptied.
    if (length > 0 && this.bindings.context.removeTokenCellsFromSequence(sequence, length, -1)) return length;
    this.bindings.context.disposeSequence(sequence);
    return 0;
  }
}
