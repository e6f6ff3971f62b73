import { parsePythonJson } from './parse-python-json';
import { toPythonValue } from './python-value';
import { testCases } from './test-cases';

const casesOf = (tests: unknown, stdin = '') => [...testCases(toPythonValue(tests), 'CODE', stdin)];
const judge = (tests: unknown, stdout: string, stderr = '') => casesOf(tests)[0]?.judge({ stdout, stderr });

describe('test cases of python_oj', () => {
  it('puts one assert behind the program', () => {
    expect(casesOf(['assert 1', 'assert 2'], 'in')).toMatchObject([
      { code: 'CODE\nassert 1', stdin: 'in' },
      { code: 'CODE\nassert 2', stdin: 'in' },
    ]);
    expect(judge(['assert 1'], 'out')).toBeNull();
    expect(judge(['assert 1'], 'out', 'err')).toBe('The above code is incorrect. \nFailed test case: assert 1\nError:out\nerr');
  });

  it('reads tests from JSON text, numbers as they are written', () => {
    const tests = '{"fn_name": "f", "inputs": [[2.0, 12345678901234567890, "x"]], "outputs": [[1, [2.0]]]}';
    const [call] = testCases(tests, 'CODE', '');
    expect(call?.code).toBe('CODE\nprint(f(2.0, 12345678901234567890, x))\n');
    expect(call?.judge({ stdout: '(1, [2.0])\n', stderr: 'late' })).toBeNull();
    expect(testCases(parsePythonJson(tests), 'CODE', '').next().value).toMatchObject({ code: call?.code });
  });

  it.each([
    ['[1, "a", null]', "CODE\nprint(f([1, 'a', None]))\n"],
    ['"text"', 'CODE\nprint(f(text))\n'],
    ['5, 3', 'CODE\nprint(f(5, 3))\n'],
  ])('calls with the input %s as it reads as JSON, else as it is', (input, code) => {
    expect(casesOf({ fn_name: 'f', inputs: [input], outputs: ['1'] })[0]?.code).toBe(code);
  });

  it('feeds inputs, lists of them line by line, and says what went wrong', () => {
    const tests = { inputs: [['1', ' ', 2]], outputs: [['3', '']] };
    expect(casesOf(tests, 'first\n')[0]).toMatchObject({ code: 'CODE', stdin: 'first\n1\n2' });
    expect(judge(tests, '3\n')).toBeNull();
    expect(judge(tests, '4\n')).toBe(
      'The above code is incorrect and got a wrong answer.\nInput: 1\n2\nGenerated Output: 4\n\nExpected: 3',
    );
    expect(judge(tests, '3\n', 'E\n')).toBe('The above code is incorrect and got a runtime error.\nInput: 1\n2\nExpected: 3\nE\n');
  });

  it.each([
    ['a number', 5],
    ['no outputs', { inputs: [''] }],
    ['fewer outputs than inputs', { inputs: ['', ''], outputs: [''] }],
    ['an assert that is no text', [5]],
    ['an input that is no text', { inputs: [5], outputs: [''] }],
    ['text that is no JSON', '{bad'],
  ])('refuses %s', (_name, tests) => {
    expect(() => casesOf(tests)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
