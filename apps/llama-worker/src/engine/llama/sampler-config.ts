import type { SamplingParameters } from '../sampling/sampling-parameters';
import type { NativeSamplerConfig } from './llama-bindings';

/** Whether the rules change while tokens are generated, so that the native sampler has to be told before every token. */
export function isDynamic(sampling: SamplingParameters): boolean {
  return sampling.minTokens > 0 || (hasCountPenalty(sampling) && sampling.repetitionPenalty !== 1);
}

/**
 * vLLM's sampling in llama.cpp's terms. The repetition penalty looks at prompt and answer, the presence and frequency
 * penalties at the answer only; llama.cpp has one list for all three, so where both kinds are asked for the latter become
 * a bias. A native sampler adds what it chose to its list itself.
 * @param maxTokens length of the longest list
 */
export function samplerConfig(
  sampling: SamplingParameters,
  promptTokenIds: readonly number[],
  generated: readonly number[],
  maxTokens: number,
): NativeSamplerConfig {
  const counts = hasCountPenalty(sampling);
  const repeats = sampling.repetitionPenalty !== 1;
  const bias = new Map(sampling.logitBias);
  if (generated.length < sampling.minTokens) for (const id of sampling.bannedUntilMinTokens) bias.set(id, -Infinity);
  if (counts && repeats) {
    for (const id of generated) bias.set(id, (bias.get(id) ?? 0) - sampling.frequencyPenalty);
    for (const id of new Set(generated)) bias.set(id, (bias.get(id) ?? 0) - sampling.presencePenalty);
  }
  return {
    ...(sampling.temperature === 0 ? { temperature: 0 } : randomness(sampling)),
    ...((counts || repeats) && {
      repeatPenaltyTokens: Uint32Array.from(repeats ? [...promptTokenIds, ...generated] : generated),
      repeatPenaltyMaxTokens: maxTokens,
      repeatPenalty: sampling.repetitionPenalty,
      repeatPenaltyPresencePenalty: repeats ? 0 : sampling.presencePenalty,
      repeatPenaltyFrequencyPenalty: repeats ? 0 : sampling.frequencyPenalty,
    }),
    ...(bias.size > 0 && { tokenBiasKeys: Uint32Array.from(bias.keys()), tokenBiasValues: Float32Array.from(bias.values()) }),
  };
}

function randomness(sampling: SamplingParameters): NativeSamplerConfig {
  return {
    temperature: sampling.temperature,
    seed: sampling.seed,
    ...(sampling.topK > 0 && { topK: sampling.topK }),
    ...(sampling.topP < 1 && { topP: sampling.topP }),
    ...(sampling.minP > 0 && { minP: sampling.minP }),
  };
}

function hasCountPenalty(sampling: SamplingParameters): boolean {
  return sampling.presencePenalty !== 0 || sampling.frequencyPenalty !== 0;
}
