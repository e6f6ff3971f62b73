import type { InferenceEngine } from '../engine/inference-engine';

/** How tokens are named in log probabilities: by their text, special ones included, or by id. */
export type TokenText = (id: number) => string;

export function tokenTextOf(engine: InferenceEngine, showsTokensAsIds: boolean): TokenText {
  return showsTokensAsIds ? (id) => `token_id:${id}` : (id) => engine.detokenize([id]);
}
