import type { GenerationStep } from '../engine/generation-step';
import type { TokenText } from '../http/token-text';

const LEAST = -9999;

interface ChatTokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
}

export interface ChatLogprobs {
  readonly content: readonly (ChatTokenLogprob & { readonly top_logprobs: readonly ChatTokenLogprob[] })[];
}

/** Log probabilities of some steps in the form of chat completions. */
export function chatLogprobs(steps: readonly GenerationStep[], topLogprobs: number, tokenText: TokenText): ChatLogprobs {
  const entry = (id: number, logprob: number): ChatTokenLogprob => {
    const token = tokenText(id);
    return { token, logprob: Math.max(logprob, LEAST), bytes: [...Buffer.from(token, 'utf8')] };
  };
  return {
    content: steps.map(({ tokenId, logprobs }) => ({
      ...entry(tokenId, logprobs?.logprob ?? LEAST),
      top_logprobs: (logprobs?.top ?? []).slice(0, topLogprobs).map(({ id, logprob }) => entry(id, logprob)),
    })),
  };
}
