import type { Dialect } from './dialect';
import { acecoder } from './dialects/acecoder';
import { hermes } from './dialects/hermes';
import { native } from './dialects/native';
import { torl } from './dialects/torl';
import { verltool } from './dialects/verltool';

export const DIALECTS: Readonly<Record<string, Dialect>> = { torl, acecoder, verltool, hermes, native };

export interface ResolvedDialect {
  readonly dialect: Dialect;
  readonly actionStops: readonly string[];
}

/**
 * The dialect and its action stops. `auto` follows the action stops, and where there are none the chat template: one that writes tool calls in tags means
 * hermes; else it is torl. An action stop that opens a block (`<python>`) means: generate until the block closes, then run.
 */
export function resolveDialect(name: string, actionStopTokens: readonly string[], templateSample = ''): ResolvedDialect {
  const dialect = DIALECTS[name] ?? derived(actionStopTokens, templateSample);
  const asked = actionStopTokens.map(closingOf);
  return { dialect, actionStops: asked.length > 0 ? [...new Set(asked)] : dialect.actionStops };
}

function derived(actionStopTokens: readonly string[], templateSample: string): Dialect {
  const has = (pattern: RegExp): boolean => actionStopTokens.some((stop) => pattern.test(stop.trim()));
  if (has(/^<\/?python>$/)) return acecoder;
  if (has(/^<\/?tool_call>$/)) return hermes;
  return actionStopTokens.length === 0 && templateSample.includes('<tool_call>') ? hermes : torl;
}

function closingOf(stop: string): string {
  const opening = stop.trim();
  if (/^<(?:python|tool_call)>$/.test(opening)) return `</${opening.slice(1)}`;
  // A fence opens and closes with the same three characters; the output fence is what follows a closed block.
  if (/^```(?:python3?|py)$/.test(opening)) return '```output';
  return stop;
}
