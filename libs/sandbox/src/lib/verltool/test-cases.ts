import { AppError } from '@interleave/kernel';
import { isExpectedOutput } from './compare-output';
import { parsePythonJson } from './parse-python-json';
import { strip } from './python-text';
import { isDict, isList, pythonStr } from './python-value';
import type { PythonDict, PythonValue } from './python-value';
import type { ScriptStreams } from './script-streams';

/** One run of a program that is to be judged. */
export interface TestCase {
  /** The program and what is put behind it. */
  readonly code: string;
  readonly stdin: string;
  /** Null when the case holds, else what the model is told. */
  judge(streams: ScriptStreams): string | null;
}

export const ALL_PASSED = 'All public test cases passed!\n';

/**
 * The cases of `public_tests`, each made when it is its turn: what makes no sense matters only where it is reached.
 * @param tests JSON text, or what was read from one: a list of asserts, or `{inputs, outputs, fn_name?}`
 * @throws AppError `invalid_request`
 */
export function* testCases(tests: PythonValue, code: string, stdin: string): Generator<TestCase, void> {
  const suite = typeof tests === 'string' ? parsePythonJson(tests) : tests;
  if (isList(suite)) {
    for (const assertion of suite) yield assertCase(assertion, code, stdin);
    return;
  }
  const [inputs, outputs] = isDict(suite) ? [suite.get('inputs'), suite.get('outputs')] : [];
  if (!isDict(suite) || !isList(inputs) || !isList(outputs)) {
    throw wrong('public_tests must be a list of asserts, or an object with the lists inputs and outputs.');
  }
  for (const [index, input] of inputs.entries()) {
    const output = outputs[index];
    if (output === undefined) throw wrong(`public_tests has ${inputs.length} inputs, but ${outputs.length} outputs.`);
    yield suite.has('fn_name') ? callCase(suite, input, output, code, stdin) : streamCase(input, output, code, stdin);
  }
}

function assertCase(assertion: PythonValue, code: string, stdin: string): TestCase {
  if (typeof assertion !== 'string') throw wrong('An assert in public_tests is not text.');
  return {
    code: `${code}\n${assertion}`,
    stdin,
    judge: ({ stdout, stderr }) =>
      stderr === '' ? null : `The above code is incorrect. \nFailed test case: ${assertion}\nError:${stdout}\n${stderr}`,
  };
}

function callCase(suite: PythonDict, input: PythonValue, output: PythonValue, code: string, stdin: string): TestCase {
  const [given, wanted] = [callArguments(input), callResult(input, output)];
  return {
    code: `${code}\nprint(${pythonStr(suite.get('fn_name') ?? null)}(${given}))\n`,
    stdin,
    // A right answer counts even if the program fails afterwards.
    judge: (streams) => (isExpectedOutput(streams.stdout, wanted) ? null : complaint(pythonStr(input), pythonStr(output), streams)),
  };
}

function streamCase(input: PythonValue, output: PythonValue, code: string, stdin: string): TestCase {
  const [given, wanted] = [lines(input), lines(output)];
  if (typeof input !== 'string' && !isList(input)) throw wrong('An input in public_tests is neither text nor a list of lines.');
  return {
    code,
    stdin: stdin + given,
    judge: (streams) => (isExpectedOutput(streams.stdout, wanted) && streams.stderr === '' ? null : complaint(given, wanted, streams)),
  };
}

function complaint(input: string, expected: string, { stdout, stderr }: ScriptStreams): string {
  return stderr === ''
    ? `The above code is incorrect and got a wrong answer.\nInput: ${input}\nGenerated Output: ${stdout}\nExpected: ${expected}`
    : `The above code is incorrect and got a runtime error.\nInput: ${input}\nExpected: ${expected}\n${stderr}`;
}

/** What stands between the parentheses of the call. */
function callArguments(input: PythonValue): string {
  if (typeof input === 'string') return pythonStr(parsedOrText(input));
  if (isList(input)) return input.map(pythonStr).join(', ');
  throw wrong('An input in public_tests is neither text nor a list of arguments.');
}

function callResult(input: PythonValue, output: PythonValue): string {
  if (typeof output === 'string') return typeof input === 'string' ? pythonStr(parsedOrText(output)) : output;
  if (!isList(output)) throw wrong('An output in public_tests is neither text nor a list.');
  const values = output.map(pythonStr).join(', ');
  return output.length > 1 ? `(${values})` : values;
}

function parsedOrText(text: string): PythonValue {
  try {
    return parsePythonJson(text);
  } catch (_notJson) {
    return text;
  }
}

function lines(value: PythonValue): string {
  if (!isList(value)) return pythonStr(value);
  return value
    .map(pythonStr)
    .filter((line) => strip(line) !== '')
    .join('\n');
}

function wrong(message: string): AppError {
  return new AppError('invalid_request', message, { param: 'extra_fields' });
}
