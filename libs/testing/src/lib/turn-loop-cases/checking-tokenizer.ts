import { FakeTokenizer } from '../fake-vllm/fake-tokenizer';
import type { CheckingTokenizer } from './trajectory-evidence';

const CONTROL_SPELLINGS = ['<|im_end|>', '<|im_start|>', '<|pad|>'];

/** The fake's tokenizer in the form that the checks want. */
export function fakeCheckingTokenizer(): CheckingTokenizer {
  const tokenizer = new FakeTokenizer();
  return {
    detokenize: (ids) => Promise.resolve(tokenizer.decode(ids)),
    controlIds: new Set([tokenizer.imStartId, tokenizer.imEndId, tokenizer.padId, tokenizer.beginId]),
    eosId: tokenizer.eosId,
  };
}

/** The tokenizer of a running worker that serves a ChatML model, by its `/tokenize` and `/detokenize`. */
export async function workerCheckingTokenizer(url: string, apiKey: string | null = null): Promise<CheckingTokenizer> {
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) };
    const ask = (): Promise<Response> => fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    // A worker may close a connection that was idle at the moment at which it is used again.
    const response = await ask().catch(ask);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const controlIds = await Promise.all(
    CONTROL_SPELLINGS.map(async (spelling) => {
      const { tokens } = (await post('/tokenize', { prompt: spelling, add_special_tokens: false })) as { tokens: number[] };
      if (tokens.length !== 1) throw new Error(`${spelling} is ${tokens.length} tokens at ${url}, so it is no control token there`);
      return tokens[0] as number;
    }),
  );
  return {
    detokenize: async (ids) => (ids.length === 0 ? '' : ((await post('/detokenize', { tokens: ids })) as { prompt: string }).prompt),
    controlIds: new Set(controlIds),
    eosId: controlIds[0] as number,
  };
}
