import { Deferred } from '@interleave/kernel';
import type { BatchDecoder, BatchItem, LogitsIndex, SampledToken, TokenSampler } from '../../src/engine/language-model';
import type { SamplingParameters } from '../../src/engine/sampling/sampling-parameters';

export interface DecoderScript {
  /** The ids that a prompt is answered with. */
  readonly reply: (promptTokenIds: readonly number[], sampling: SamplingParameters) => readonly number[];
  readonly sequences?: number;
  readonly batchTokens?: number;
}

/**
 * Answers as it is told, and checks what the engine does: every pass continues its sequences where they ended, and a token
 * is sampled only after exactly the prompt and the tokens before it went through the "model".
 */
export class ScriptedDecoder implements BatchDecoder {
  readonly sequenceCount: number;
  readonly batchTokens: number;
  /** Every pass so far. */
  readonly passes: (readonly BatchItem[])[] = [];
  /** Set: the next pass fails with it. */
  failure: Error | null = null;
  private readonly sequences: number[][];
  private gate: Deferred<void> | null = null;

  constructor(private readonly script: DecoderScript) {
    this.sequenceCount = script.sequences ?? 2;
    this.batchTokens = script.batchTokens ?? 512;
    this.sequences = Array.from({ length: this.sequenceCount }, () => []);
  }

  /** Passes wait until `resume`. */
  pause(): void {
    this.gate ??= new Deferred<void>();
  }

  resume(): void {
    this.gate?.resolve();
    this.gate = null;
  }

  async decode(items: readonly BatchItem[]): Promise<readonly (LogitsIndex | null)[]> {
    await this.gate?.promise;
    // A pass takes a turn of the event loop, as a native one does.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failure) throw this.failure;
    this.passes.push(items);
    if (items.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0) > this.batchTokens) throw new Error('The pass is too large.');
    return items.map(({ sequence, position, tokenIds, wantsLogits }) => {
      const kept = this.sequences[sequence] ?? [];
      if (position !== kept.length) throw new Error(`Sequence ${sequence} holds ${kept.length} tokens, not ${position}.`);
      kept.push(...tokenIds);
      return wantsLogits ? (sequence as LogitsIndex) : null;
    });
  }

  createSampler(sampling: SamplingParameters, promptTokenIds: readonly number[]): TokenSampler {
    const reply = this.script.reply(promptTokenIds, sampling);
    return {
      sample: async (logits, generated): Promise<SampledToken> => {
        const kept = this.sequences[logits] ?? [];
        const expected = [...promptTokenIds, ...generated];
        if (kept.length !== expected.length || kept.some((id, index) => id !== expected[index])) {
          throw new Error(`Sequence ${logits} holds other tokens than the prompt and its answer.`);
        }
        const id = reply[generated.length] ?? 0;
        const top = [
          { id, logprob: -0.5 },
          { id: (id + 1) % 256, logprob: -1.5 },
        ];
        return { id, logprobs: sampling.topLogprobs === null ? null : { logprob: -0.5, top: top.slice(0, sampling.topLogprobs) } };
      },
      dispose: () => undefined,
    };
  }

  async copy(source: number, target: number): Promise<number> {
    this.sequences[target] = [...(this.sequences[source] ?? [])];
    return this.sequences[target]?.length ?? 0;
  }

  truncate(sequence: number, length: number): number {
    const kept = this.sequences[sequence] ?? [];
    kept.length = length;
    return length;
  }
}
