import type { VllmLogprobs } from '@interleave/contracts';
import type { FakeTokenizer } from './fake-tokenizer';

/** The log-probability that the fake claims for a token: always the same for the same id, between -0.01 and -0.97. */
export function fakeLogprob(id: number): number {
  return -((id % 97) + 1) / 100;
}

/** @param startOffset where these tokens' text begins in the answer */
export function fakeLogprobs(ids: readonly number[], alternatives: number, startOffset: number, tokenizer: FakeTokenizer): VllmLogprobs {
  const tokens = ids.map((id) => tokenizer.decode([id]));
  const offsets: number[] = [];
  let offset = startOffset;
  for (const token of tokens) {
    offsets.push(offset);
    offset += token.length;
  }
  return {
    text_offset: offsets,
    token_logprobs: ids.map(fakeLogprob),
    tokens,
    top_logprobs: ids.map((id, index) => ({
      ...Object.fromEntries(Array.from({ length: alternatives }, (_, rank) => [` ${rank}`, fakeLogprob(id) - rank - 1])),
      [tokens[index] as string]: fakeLogprob(id),
    })),
  };
}
