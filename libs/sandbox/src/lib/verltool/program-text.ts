import type { ExecutionOutcome } from '../execution/execution-outcome';

const MAX_CHARACTERS = 100_000;

/** What a terminal would have shown of a script: stdout, then stderr with the traceback or the reason of its end. */
export function scriptText(outcome: ExecutionOutcome, timeoutSeconds: number): string {
  return clip(`${outcome.stdout}\n${outcome.stderr}${endOf(outcome, timeoutSeconds)}`);
}

/** What a notebook would have shown of a cell. */
export function cellText(outcome: ExecutionOutcome, timeoutSeconds: number): string {
  const parts = [outcome.stdout, outcome.value ?? '', endOf(outcome, timeoutSeconds), outcome.stderr && `Stderr:\n${outcome.stderr}`];
  const text = parts
    .filter((part) => part !== '')
    .reduce((all, part) => (all === '' || all.endsWith('\n') ? all + part : `${all}\n${part}`), '');
  const note = outcome.state === 'reset' ? '\nThe interpreter was restarted: variables and imports are gone.' : '';
  return clip(text + note) || 'Script executed successfully (no output)';
}

function endOf(outcome: ExecutionOutcome, timeoutSeconds: number): string {
  switch (outcome.status) {
    case 'ok':
      return '';
    case 'error':
      // The interpreter itself prints nothing for sys.exit.
      return outcome.error?.type === 'SystemExit' ? '' : (outcome.error?.traceback ?? '');
    case 'timeout':
      return `Execution timed out after ${timeoutSeconds} seconds.`;
    case 'oom':
      return 'Execution was killed: it used more memory than there is.';
    case 'output_limit':
      return 'Execution was killed: it wrote too much output.';
    case 'killed':
      return outcome.exit?.signal
        ? `Execution ended with ${outcome.exit.signal}.`
        : `Execution ended with exit code ${outcome.exit?.code}.`;
  }
}

function clip(text: string): string {
  return text.replace(/^[ \n]+|[ \n]+$/g, '').slice(0, MAX_CHARACTERS);
}
