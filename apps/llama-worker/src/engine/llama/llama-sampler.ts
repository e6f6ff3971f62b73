import type { LogitsIndex, SampledToken, TokenSampler } from '../language-model';
import type { SamplingParameters } from '../sampling/sampling-parameters';
import type { LlamaBindings, NativeSampler } from './llama-bindings';
import { readLogprobs } from './read-logprobs';
import { isDynamic, samplerConfig } from './sampler-config';

/** Chooses the tokens of one answer. Log probabilities are read by a second, greedy sampler, which leaves the logits as they are. */
export class LlamaSampler implements TokenSampler {
  private readonly chooser: NativeSampler;
  private readonly reader: NativeSampler | null;
  private readonly isDynamic: boolean;

  constructor(
    private readonly bindings: LlamaBindings,
    private readonly sampling: SamplingParameters,
    private readonly promptTokenIds: readonly number[],
    private readonly maxTokens: number,
  ) {
    this.isDynamic = isDynamic(sampling);
    this.chooser = bindings.createSampler();
    this.chooser.applyConfig(samplerConfig(sampling, promptTokenIds, [], maxTokens));
    this.reader = sampling.topLogprobs === null ? null : bindings.createSampler();
    this.reader?.applyConfig({ temperature: 0 });
  }

  async sample(logits: LogitsIndex, generated: readonly number[]): Promise<SampledToken> {
    if (this.isDynamic) this.chooser.applyConfig(samplerConfig(this.sampling, this.promptTokenIds, generated, this.maxTokens));
    const id = await this.bindings.context.sampleToken(logits, this.chooser);
    if (id < 0) throw new Error('llama.cpp chose no token');
    if (this.reader === null) return { id, logprobs: null };
    const top = this.sampling.topLogprobs ?? 0;
    // The likeliest token is always asked for: its logit is what the total weight refers to.
    const filter = [[id], false, false, false, Math.max(1, top)] as const;
    const [, , , pairs, totalWeight] = await this.bindings.context.sampleToken(logits, this.reader, false, false, filter, true);
    return { id, logprobs: readLogprobs(id, top, pairs, totalWeight) };
  }

  dispose(): void {
    this.chooser.dispose();
    this.reader?.dispose();
  }
}
