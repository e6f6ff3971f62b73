import { withoutHiddenSpellings } from './control-spelling';
import type { ModelPort } from './ports/model-port';

/** The text of ids as a completion shows it: without control tokens. Bytes that are no character, or not yet, are U+FFFD. */
export async function visibleText(model: Pick<ModelPort, 'detokenize'>, tokenIds: readonly number[], signal: AbortSignal): Promise<string> {
  return withoutHiddenSpellings(await model.detokenize(tokenIds, signal));
}
