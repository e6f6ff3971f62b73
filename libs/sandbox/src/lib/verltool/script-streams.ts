import type { ExecutionOutcome } from '../execution/execution-outcome';
import { stripBlank, takeCharacters } from './python-text';

const MAX_CHARACTERS = 100_000;

/** What a program left on its two streams, as one who reads them through pipes to their end sees them. */
export interface ScriptStreams {
  readonly stdout: string;
  readonly stderr: string;
}

/** The reason of an end that was not the program's own is the last line of stderr. */
export function scriptStreams(outcome: ExecutionOutcome, timeoutSeconds: number): ScriptStreams {
  const { stdout, stderr } = outcome;
  // After a timeout the bytes are taken as they came.
  if (outcome.status === 'timeout') return { stdout, stderr: `${stderr}Execution timed out after ${timeoutSeconds} seconds.\n` };
  return { stdout: tidy(stdout), stderr: withCause(tidy(stderr), causeOf(outcome)) };
}

/** `python_code`: both streams as one text. */
export function scriptText({ stdout, stderr }: ScriptStreams): string {
  return takeCharacters(stripBlank(`${stdout}\n${stderr}`), MAX_CHARACTERS);
}

/** Line ends as Python's text streams translate them; files of the program's folder without the folder. */
function tidy(text: string): string {
  return text.replace(/\r\n?/g, '\n').replaceAll('File "/tmp/', 'File "');
}

function withCause(stderr: string, cause: string | null): string {
  if (cause === null) return stderr;
  return `${stderr}${stderr === '' || stderr.endsWith('\n') ? '' : '\n'}${cause}\n`;
}

/** Null when the program ended by itself. */
export function causeOf({ status, exit }: ExecutionOutcome): string | null {
  switch (status) {
    case 'ok':
    case 'error':
    case 'timeout':
      return null;
    case 'oom':
      return 'The program was stopped: it ran out of memory.';
    case 'output_limit':
      return 'The program was stopped: it wrote too much output.';
    case 'killed':
      if (exit?.signal) return `The Python process was ended by ${exit.signal}.`;
      return exit?.code ? `The Python process ended with exit code ${exit.code}.` : null;
  }
}
