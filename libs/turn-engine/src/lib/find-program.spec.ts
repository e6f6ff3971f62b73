import { findProgram } from './find-program';
import { acecoder } from './dialects/acecoder';
import { torl } from './dialects/torl';

describe('finding the program in a text', () => {
  it.each([
    ['a fenced block', 'Let me see.\n```python\nprint(1)\n```\n', 'print(1)'],
    ['a py fence', '```py\nprint(1)\n```', 'print(1)'],
    ['a python3 fence', '```python3\nprint(1)\n```', 'print(1)'],
    ['upper case', '```Python\nprint(1)\n```', 'print(1)'],
    ['CRLF', '```python\r\nprint(1)\r\n```', 'print(1)'],
    ['several blocks as one program', '```python\na = 1\n```\nthen\n```python\nprint(a)\n```', 'a = 1\nprint(a)'],
    ['indentation of the first line', '```python\n    if True:\n        print(1)\n```', '    if True:\n        print(1)'],
    ['a block closed by the output fence', '```python\nprint(1)\n```output', 'print(1)'],
    ['tags', 'so <python>print(1)</python>', 'print(1)'],
    ['a block on one line', '```python print(1)```', 'print(1)'],
  ])('finds %s', (_name, text, code) => {
    expect(findProgram(text, torl)?.code).toBe(code);
  });

  it.each([
    ['plain text', 'the answer is 4'],
    ['a block that never closes', '```python\nprint(1)'],
    ['an empty block', '```python\n\n```'],
    ['a block of another language', '```javascript\nalert(1)\n```'],
    ['a word that begins like python', '```pythonic\nprint(1)\n```'],
  ])('finds nothing in %s', (_name, text) => {
    expect(findProgram(text, torl)).toBeNull();
  });

  it('prefers the grammar of the dialect', () => {
    const text = '```python\nfenced()\n``` <python>tagged()</python>';

    expect(findProgram(text, acecoder)?.code).toBe('tagged()');
    expect(findProgram(text, torl)?.code).toBe('fenced()');
  });
});
