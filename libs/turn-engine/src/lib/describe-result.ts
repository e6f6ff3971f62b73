import type { Dialect } from './dialect';
import type { ToolResult } from './ports/tool-port';

const MAX_STREAM_CHARACTERS = 100_000;

/** What the model reads of a result: what was written, the last value, the traceback, and what happened to program and variables. */
export function describeResult(result: ToolResult, timeoutMs: number, report: Dialect['report']): string {
  if (report === 'streams-apart') return describeStreams(result, timeoutMs);
  const notes = [endOf(result, timeoutMs), stateOf(result)];
  return [result.output.replace(/\n+$/, ''), result.value, result.traceback?.replace(/\n+$/, ''), ...notes]
    .filter((part): part is string => part !== null && part !== undefined && part !== '')
    .join('\n');
}

/** As VerlTool does: stdout, then stderr, white space around them gone, at most so many characters; a note only where the time was up. */
function describeStreams(result: ToolResult, timeoutMs: number): string {
  const stderr = [result.stderr, result.traceback ?? ''].join('').trimEnd();
  const text = `${result.stdout}\n${stderr}`.trim().slice(0, MAX_STREAM_CHARACTERS);
  const notes = [endOf(result, timeoutMs), stateOf(result)].filter((note) => note !== null);
  return [text, ...notes].filter((part) => part !== '').join('\n');
}

function endOf(result: ToolResult, timeoutMs: number): string | null {
  switch (result.status) {
    case 'ok':
    case 'error':
      return null;
    case 'timeout':
      return `Execution timed out after ${timeoutMs / 1000} seconds.`;
    case 'oom':
      return 'The program was stopped: it ran out of memory.';
    case 'output_limit':
      return 'The program was stopped: it wrote too much output.';
    case 'killed':
      return result.exit?.signal
        ? `The Python process was ended by ${result.exit.signal}.`
        : `The Python process ended with exit code ${result.exit?.code ?? 'unknown'}.`;
  }
}

function stateOf(result: ToolResult): string | null {
  switch (result.state) {
    case 'kept':
      return null;
    case 'restored':
      return restoredTo(result);
    case 'reset':
      return 'Python was restarted: variables and imports of earlier calls are gone.';
  }
}

function restoredTo({ call, restoredCall }: ToolResult): string {
  if (restoredCall === null || restoredCall === call - 1) return 'Variables are as they were before this call.';
  if (restoredCall === 0) return 'Variables are as they were before the first call.';
  return `Variables are as they were after call ${restoredCall}; what calls ${restoredCall + 1} to ${call} did to them is gone.`;
}
