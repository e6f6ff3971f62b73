import type { ExecutionOutcome } from '../execution/execution-outcome';
import { stripBlankEnd, stripBlankStart, takeCharacters } from './python-text';
import { causeOf } from './script-streams';

const MAX_CHARACTERS = 100 * 1024;

/** What `ipython_code` shows of a cell. */
export interface CellText {
  readonly text: string;
  readonly isSuccess: boolean;
}

/** Nothing is run for these. */
export const EMPTY_CELL: CellText = { text: 'Error: script must be a non-empty string', isSuccess: false };

export function cellText(outcome: ExecutionOutcome, timeoutSeconds: number): CellText {
  const isSuccess = outcome.status === 'ok';
  const text = stripBlankEnd(takeCharacters(isSuccess ? successText(outcome) : failureText(outcome, timeoutSeconds), MAX_CHARACTERS));
  return { text: stripBlankStart((text || 'Script executed successfully (no output)') + stateNote(outcome)), isSuccess };
}

function successText({ stdout, stderr, value }: ExecutionOutcome): string {
  const shown = value === null ? '' : `Out[1]: ${value.includes('\n') && !value.startsWith('\n') ? '\n' : ''}${value}\n`;
  return `${stdout}${shown}${stderr && `\nWarnings: ${stderr}`}`;
}

function failureText(outcome: ExecutionOutcome, timeoutSeconds: number): string {
  if (outcome.status === 'timeout') return `Execution time out after ${timeoutSeconds} seconds`;
  const end = outcome.error?.traceback ?? causeOf(outcome) ?? 'The Python process ended with exit code 0.';
  const { stdout, stderr } = outcome;
  return `${stdout}${stdout === '' || stdout.endsWith('\n') ? '' : '\n'}${stripBlankEnd(end)}${stderr && `\nStderr: ${stderr}`}`;
}

function stateNote({ state, restoredCell }: ExecutionOutcome): string {
  switch (state) {
    case 'kept':
      return '';
    case 'restored':
      return `\nVariables are as they were after call ${restoredCell}.`;
    case 'reset':
      return '\nPython was restarted: variables and imports of earlier calls are gone.';
  }
}
