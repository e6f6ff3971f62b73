import type { SamplingParameters } from '../sampling/sampling-parameters';
import { isDynamic, samplerConfig } from './sampler-config';

const GREEDY: SamplingParameters = {
  temperature: 0,
  topP: 0.9,
  topK: 40,
  minP: 0.1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  seed: 7,
  logitBias: new Map(),
  minTokens: 0,
  bannedUntilMinTokens: [],
  topLogprobs: null,
};
const config = (changes: Partial<SamplingParameters>, generated: number[] = []) =>
  samplerConfig({ ...GREEDY, ...changes }, [1, 2], generated, 64);

describe("llama.cpp's sampler", () => {
  it('is greedy at temperature 0, whatever else is set', () => {
    expect(config({})).toEqual({ temperature: 0 });
  });

  it('is told only what limits the choice', () => {
    expect(config({ temperature: 0.7 })).toEqual({ temperature: 0.7, seed: 7, topK: 40, topP: 0.9, minP: 0.1 });
    expect(config({ temperature: 1, topP: 1, topK: 0, minP: 0 })).toEqual({ temperature: 1, seed: 7 });
  });

  it('counts presence and frequency over the answer, repetition over prompt and answer', () => {
    expect(config({ presencePenalty: 0.5 })).toMatchObject({ repeatPenaltyTokens: new Uint32Array(0), repeatPenaltyPresencePenalty: 0.5 });
    expect(config({ repetitionPenalty: 1.2 })).toMatchObject({ repeatPenaltyTokens: Uint32Array.of(1, 2), repeatPenalty: 1.2 });
  });

  it('turns presence and frequency into a bias where repetition needs the list', () => {
    const both = config({ repetitionPenalty: 1.2, presencePenalty: 1, frequencyPenalty: 0.5 }, [8, 8, 9]);

    expect(both.repeatPenaltyTokens).toEqual(Uint32Array.of(1, 2, 8, 8, 9));
    expect(both).toMatchObject({ repeatPenaltyPresencePenalty: 0, repeatPenaltyFrequencyPenalty: 0 });
    expect([...(both.tokenBiasKeys ?? [])]).toEqual([8, 9]);
    expect([...(both.tokenBiasValues ?? [])]).toEqual([-2, -1.5]);
  });

  it('bans the ends of an answer until it is long enough', () => {
    const sampling = { minTokens: 2, bannedUntilMinTokens: [5] };

    expect(config(sampling, [1]).tokenBiasValues).toEqual(Float32Array.of(-Infinity));
    expect(config(sampling, [1, 2]).tokenBiasKeys).toBeUndefined();
    expect(isDynamic({ ...GREEDY, ...sampling })).toBe(true);
    expect(isDynamic({ ...GREEDY, presencePenalty: 1 })).toBe(false);
  });
});
