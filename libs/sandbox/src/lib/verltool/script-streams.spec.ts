import type { ExecutionOutcome } from '../execution/execution-outcome';
import { cellText } from './cell-text';
import { scriptStreams, scriptText } from './script-streams';

const outcome = (fields: Partial<ExecutionOutcome>): ExecutionOutcome => ({
  status: 'ok',
  isRefused: false,
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
const killed = { status: 'killed', state: 'reset' } as const;

describe('text of a program', () => {
  it.each([
    ['stdout alone, without blanks around it', { stdout: ' 42\n \n' }, '42'],
    ['an empty line between stdout and stderr', { status: 'error', stdout: 'a\n', stderr: 'E\n' }, 'a\n\nE'],
    ['the time limit', { status: 'timeout', stdout: 'start\n' }, 'start\n\nExecution timed out after 10 seconds.'],
    ['no value', { value: '42' }, ''],
    ['the signal of a crash', { ...killed, exit: { code: null, signal: 'SIGSEGV' } }, 'The Python process was ended by SIGSEGV.'],
    [
      'an exit code behind what was on stderr',
      { ...killed, stderr: 'e', exit: { code: 3, signal: null } },
      'e\nThe Python process ended with exit code 3.',
    ],
    ['nothing for an exit that was fine', { ...killed, exit: { code: 0, signal: null } }, ''],
    ['lack of memory', { status: 'oom', state: 'reset' }, 'The program was stopped: it ran out of memory.'],
    ['files of the program without its folder', { stderr: '  File "/tmp/main.py", line 1' }, 'File "main.py", line 1'],
    ['line ends of all systems as one', { stdout: 'a\r\nb\rc' }, 'a\nb\nc'],
  ] as const)('shows %s', (_name, fields, expected) => {
    expect(scriptText(scriptStreams(outcome(fields), 10))).toBe(expected);
  });

  it('is cut at 100,000 characters, as Python counts them', () => {
    expect([...scriptText({ stdout: '🙂'.repeat(100_001), stderr: '' })]).toHaveLength(100_000);
  });
});

describe('text of a cell', () => {
  const traceback = 'Traceback:\nZeroDivisionError: division by zero';
  const error = { type: 'ZeroDivisionError', message: 'division by zero', traceback };

  it.each([
    ['output and value', { stdout: 'a\n', value: '42' }, 'a\nOut[1]: 42'],
    ['a value of several lines below its mark', { value: '1\n2' }, 'Out[1]: \n1\n2'],
    ['stderr of what went well as warnings', { stdout: 'a\n', stderr: 'b\n' }, 'a\n\nWarnings: b'],
    ['that there was nothing to show', {}, 'Script executed successfully (no output)'],
  ] as const)('shows %s', (_name, fields, expected) => {
    expect(cellText(outcome(fields), 10)).toEqual({ text: expected, isSuccess: true });
  });

  it.each([
    ['a traceback behind the output', { status: 'error', stdout: 'a', error }, `a\n${traceback}`],
    ['stderr behind the traceback', { status: 'error', error, stderr: 'e\n' }, `${traceback}\nStderr: e`],
    ['a time limit and nothing else', { status: 'timeout', stdout: 'a' }, 'Execution time out after 10 seconds'],
    [
      'that variables are gone',
      { status: 'timeout', state: 'reset' },
      'Execution time out after 10 seconds\nPython was restarted: variables and imports of earlier calls are gone.',
    ],
    [
      'where the variables went back to',
      { status: 'oom', state: 'restored', restoredCell: 3 },
      'The program was stopped: it ran out of memory.\nVariables are as they were after call 3.',
    ],
  ] as const)('shows %s', (_name, fields, expected) => {
    expect(cellText(outcome(fields), 10)).toEqual({ text: expected, isSuccess: false });
  });

  it('is cut at 100 KiB', () => {
    expect(cellText(outcome({ stdout: 'x'.repeat(200_000) }), 10).text).toHaveLength(102_400);
  });
});
