import { AppError } from '@interleave/kernel';
import type { Dialect } from '@interleave/turn-engine';
import type { ClientTools, CompletionJob } from './completion-job';

/** @throws AppError `invalid_request` for functions that the dialect or the worker has no word for */
export function checkClientTools({ names, choice }: ClientTools, dialect: Dialect, hasTokenIds: boolean): void {
  if (names.size > 0 && dialect.functionCall === null)
    throw new AppError('invalid_request', `tools need the dialect native or hermes; this request is run by ${dialect.name}.`, {
      param: 'tools',
    });
  if (isDemanded(choice) && !dialect.isNative && !hasTokenIds)
    throw new AppError(
      'invalid_request',
      `tool_choice can be auto or none here: in the dialect ${dialect.name} a call can be demanded only of a worker that speaks token ids.`,
      { param: 'tool_choice' },
    );
}

/** The beginning of a call, for each round, where one is demanded; the worker's own calls are the worker's business. */
export function callOpeningOf({ choice }: ClientTools, { functionCall, isNative }: Dialect): string | null {
  if (isNative || functionCall === null || !isDemanded(choice)) return null;
  const opening = functionCall.opening.source + functionCall.beforeName;
  const name = nameIn(choice);
  return name === null ? opening : opening + name + functionCall.beforeArguments;
}

/** Parameters of rounds in which the worker reads and writes calls itself. */
export function nativeTools(
  { clientTools, turns }: CompletionJob,
  declared: readonly unknown[],
  isNative: boolean,
): Record<string, unknown> {
  if (!isNative || declared.length === 0 || turns.maxTurns + clientTools.names.size === 0) return {};
  return {
    tools: declared,
    ...(clientTools.choice === null ? {} : { tool_choice: clientTools.choice }),
    ...(clientTools.isParallel ? {} : { parallel_tool_calls: false }),
  };
}

function isDemanded(choice: unknown): boolean {
  return choice === 'required' || nameIn(choice) !== null;
}

function nameIn(choice: unknown): string | null {
  return (choice as { readonly function?: { readonly name: string } } | null)?.function?.name ?? null;
}
