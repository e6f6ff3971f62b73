import type { VllmLogprobs } from '@interleave/contracts';
import type { GenerationStep } from '../engine/generation-step';
import type { TokenText } from '../http/token-text';

/** JSON has no -Infinity; this is what OpenAI writes. */
const LEAST = -9999;

/** Log probabilities of some steps in the form of text completions; `textOffset` is where the first token begins. */
export function completionLogprobs(
  steps: readonly GenerationStep[],
  topLogprobs: number,
  tokenText: TokenText,
  textOffset: number,
): VllmLogprobs {
  const tokens = steps.map(({ tokenId }) => tokenText(tokenId));
  const offsets: number[] = [];
  let offset = textOffset;
  for (const token of tokens) {
    offsets.push(offset);
    offset += token.length;
  }
  return {
    tokens,
    text_offset: offsets,
    token_logprobs: steps.map(({ logprobs }) => Math.max(logprobs?.logprob ?? LEAST, LEAST)),
    top_logprobs: steps.map((step) => topOf(step, topLogprobs, tokenText)),
  };
}

/** The likeliest tokens and, where it is not among them, the chosen one. */
function topOf({ tokenId, logprobs }: GenerationStep, topLogprobs: number, tokenText: TokenText): Record<string, number> | null {
  if (logprobs === null) return null;
  const top: Record<string, number> = { [tokenText(tokenId)]: Math.max(logprobs.logprob, LEAST) };
  for (const { id, logprob } of logprobs.top.slice(0, topLogprobs)) top[tokenText(id)] ??= Math.max(logprob, LEAST);
  return top;
}
