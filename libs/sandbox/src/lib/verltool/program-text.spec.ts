import type { ExecutionOutcome } from '../execution/execution-outcome';
import { cellText, scriptText } from './program-text';

const outcome = (fields: Partial<ExecutionOutcome>): ExecutionOutcome => ({
  status: 'ok',
  state: 'kept',
  restoredCell: null,
  stdout: '',
  stderr: '',
  output: '',
  value: null,
  error: null,
  images: [],
  exit: null,
  dropped: { stdoutBytes: 0, stderrBytes: 0 },
  wallMs: 1,
  cpuMs: 1,
  peakMemoryBytes: 1,
  ...fields,
});
const error = { type: 'ZeroDivisionError', message: 'division by zero', traceback: 'Traceback:\nZeroDivisionError: division by zero' };

describe('text of a script', () => {
  it.each([
    ['stdout alone, trimmed', { stdout: '42\n' }, '42'],
    ['an empty line between stdout and a traceback', { status: 'error', stdout: 'a\n', error }, `a\n\n${error.traceback}`],
    [
      'the time limit in place of the interrupt',
      { status: 'timeout', stdout: 'start\n', error },
      'start\n\nExecution timed out after 10 seconds.',
    ],
    ['no value: a script shows none', { value: '42' }, ''],
    ['nothing for sys.exit', { status: 'error', error: { ...error, type: 'SystemExit' }, exit: { code: 3, signal: null } }, ''],
    [
      'the signal of a crash',
      { status: 'killed', state: 'reset', exit: { code: null, signal: 'SIGSEGV' } },
      'Execution ended with SIGSEGV.',
    ],
    ['lack of memory', { status: 'oom', state: 'reset' }, 'Execution was killed: it used more memory than there is.'],
  ] as const)('shows %s', (_name, fields, expected) => {
    expect(scriptText(outcome(fields), 10)).toBe(expected);
  });

  it('is cut at 100,000 characters', () => {
    expect(scriptText(outcome({ stdout: 'x'.repeat(200_000) }), 10)).toHaveLength(100_000);
  });
});

describe('text of a cell', () => {
  it.each([
    ['output and value', { stdout: 'a\n', value: '42' }, 'a\n42'],
    ['stderr under its own heading', { stdout: 'a\n', stderr: 'b\n' }, 'a\nStderr:\nb'],
    ['that there was nothing to show', {}, 'Script executed successfully (no output)'],
    [
      'that the variables are gone',
      { status: 'timeout', state: 'reset' },
      'Execution timed out after 10 seconds.\nThe interpreter was restarted: variables and imports are gone.',
    ],
  ] as const)('shows %s', (_name, fields, expected) => {
    expect(cellText(outcome(fields), 10)).toBe(expected);
  });
});
