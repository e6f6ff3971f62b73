/** A token of an answer with what stood beside it, as OpenAI's API tells it. */
export interface WeighedToken {
  readonly token: string;
  readonly logprob: number;
  readonly top_logprobs: readonly { readonly token: string; readonly logprob: number }[];
}

/** Natural logarithm: what is less than twenty times as likely may win where the numbers are added up in another order. */
const NEAR = 3;
/** What a tool wrote stands in the text, between these, and is no token of the model. */
const OUTPUT_BEGIN = '```output';
const OUTPUT_END = '\n```\n';

/**
 * Whether an answer differs from the one to the same question in calm by nothing but a choice that was nearly a tie: a batch of another size
 * adds up in another order. Then it is the model that wavers; else something was lost, doubled or mixed up on the way.
 */
export function isWavering(answer: string, calm: { readonly text: string; readonly tokens: readonly WeighedToken[] }): boolean {
  let at = 0;
  for (const { token, logprob, top_logprobs: others } of calm.tokens) {
    if (!answer.startsWith(token, at)) {
      return others.some((other) => other.token !== '' && answer.startsWith(other.token, at) && logprob - other.logprob < NEAR);
    }
    at += token.length;
    if (!calm.text.slice(0, at).endsWith(OUTPUT_BEGIN)) continue;
    const end = calm.text.indexOf(OUTPUT_END, at) + OUTPUT_END.length;
    // The same program prints the same.
    if (answer.slice(at, end) !== calm.text.slice(at, end)) return false;
    at = end;
  }
  return false;
}
