import { extractProgram } from './extract-program';

describe('VerlTool’s extraction', () => {
  it.each([
    ['a tag', "<python>print('hi')</python>", "print('hi')"],
    ['a fence', '```python\nprint(6*7)\n```\n```output', 'print(6*7)'],
    ['several blocks as one program', '```python\na=1\n```\ntext\n```python\nprint(a+1)\n```', 'a=1\nprint(a+1)'],
    ['an empty block', '```python\n```', ''],
    ['an indented block', '  ```python\n  print(1)\n  ```', 'print(1)'],
    ['tags before fences', '```python\n1\n```<python>2</python>', '2'],
    ['the short fence where there is no other', '```py\n1\n```', '1'],
    ['a fence whose language stands on the next line', '```\npython\n1\n```', '1'],
  ])('takes %s', (_name, action, code) => {
    expect(extractProgram(action)).toEqual({ code, stdin: null });
  });

  it('takes standard input from its own block', () => {
    expect(extractProgram('```input\nxyz\n```\n```python\nprint(input())\n```')).toEqual({ code: 'print(input())', stdin: 'xyz' });
  });

  it.each([
    ['plain text', 'just text, the answer is 4'],
    ['an unclosed block', '```python\nprint(1)'],
    ['a tool call', '<tool_call>\n{"name":"python","arguments":{"code":"print(5)"}}\n</tool_call>'],
  ])('finds nothing in %s', (_name, action) => {
    expect(extractProgram(action)).toBeNull();
  });
});
