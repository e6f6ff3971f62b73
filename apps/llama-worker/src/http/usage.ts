import type { VllmUsage } from '@interleave/contracts';
import type { Generation } from '../engine/generation';

/** Tokens of a request: each prompt counts once, however many answers it got; its cached tokens are those of its first answer. */
export function usageOf(generations: readonly Generation[], answersPerPrompt: number): VllmUsage {
  const firsts = generations.filter((_, index) => index % answersPerPrompt === 0);
  const promptTokens = sum(firsts.map(({ request }) => request.promptTokenIds.length));
  const completionTokens = sum(generations.map(({ generatedTokens }) => generatedTokens));
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: sum(firsts.map(({ cachedTokens }) => cachedTokens)) },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
