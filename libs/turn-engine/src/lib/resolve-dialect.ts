import type { Dialect } from './dialect';
import { acecoder } from './dialects/acecoder';
import { torl } from './dialects/torl';

export const DIALECTS: Readonly<Record<string, Dialect>> = { torl, acecoder };

/**
 * The dialect and its action stops. `auto` follows the action stops: tags mean acecoder, anything else torl.
 * An action stop that opens a block (`<python>`) means: generate until the block closes, then run.
 */
export function resolveDialect(
  name: string,
  actionStopTokens: readonly string[],
): { readonly dialect: Dialect; readonly actionStops: readonly string[] } {
  const isTagged = actionStopTokens.some((stop) => /^<\/?python>$/.test(stop.trim()));
  const dialect = DIALECTS[name] ?? (isTagged ? acecoder : torl);
  const asked = actionStopTokens.map(closingOf);
  return { dialect, actionStops: asked.length > 0 ? [...new Set(asked)] : dialect.actionStops };
}

function closingOf(stop: string): string {
  const opening = stop.trim();
  if (opening === '<python>') return '</python>';
  // A fence opens and closes with the same three characters; the output fence is what follows a closed block.
  if (/^```(?:python3?|py)$/.test(opening)) return '```output';
  return stop;
}
