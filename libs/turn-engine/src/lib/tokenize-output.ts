import { breakControlSpellings, cutControlSpellings } from './control-spelling';
import type { ModelPort } from './ports/model-port';

/** Beyond this many pieces a text is broken up instead of cut: each piece costs a request to the worker. */
const MAX_PIECES = 24;

export interface TokenizedText {
  readonly text: string;
  readonly tokenIds: readonly number[];
}

/** Ids of a program's output, in which nothing becomes a control token whatever the program printed. */
export async function tokenizeOutput(model: ModelPort, output: string, signal: AbortSignal): Promise<TokenizedText> {
  if (output === '') return { text: '', tokenIds: [] };
  const pieces = cutControlSpellings(output);
  if (pieces.length > MAX_PIECES) {
    const text = breakControlSpellings(output);
    return { text, tokenIds: await model.tokenize(text, signal) };
  }
  const parts = await Promise.all(pieces.map((piece) => model.tokenize(piece, signal)));
  return { text: output, tokenIds: parts.flat() };
}
