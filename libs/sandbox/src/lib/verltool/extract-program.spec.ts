import fc from 'fast-check';
import { extractCell, extractProgram } from './extract-program';

describe('what python_code takes for a program', () => {
  it.each([
    ['a tag', "<python>print('hi')</python>", "print('hi')"],
    ['a fence', '```python\nprint(6*7)\n```\n```output', 'print(6*7)'],
    ['several blocks as one program', '```python\na=1\n```\ntext\n```python\nprint(a+1)\n```', 'a=1\nprint(a+1)'],
    ['an empty block', '```python\n```', ''],
    ['an indented block', '  ```python\n  print(1)\n  ```', 'print(1)'],
    ['tags before fences', '```python\n1\n```<python>2</python>', '2'],
    ['the short fence where there is no other', '```py\n1\n```', '1'],
    ['the long fence where there are both', '```py\n1\n```\n```python\n2\n```', '2'],
    ['a fence whose language stands on the next line', '```\npython\n1\n```', '1'],
    ['a line of its own for the 3 of python3', '```python3\n1\n```', '3\n1'],
    ['a block up to a fence within a string', "```python\ns = '```'\nprint(s)\n```", "s = '"],
    ['a block that opens another one', '```python\n1\n```python\n2\n```', '1'],
    ['Windows line ends', '```python\r\na=1\r\nprint(a)\r\n```', 'a=1\r\nprint(a)'],
  ])('takes %s', (_name, action, code) => {
    expect(extractProgram(action)).toEqual({ code, stdin: null });
  });

  it('takes standard input from its own block, the first of them', () => {
    const action = '```input\n xyz \n```\n```input\n2\n```\n```python\nprint(input())\n```';
    expect(extractProgram(action)).toEqual({ code: 'print(input())', stdin: 'xyz' });
  });

  it.each([
    ['plain text', 'just text, the answer is 4'],
    ['an unclosed block', '```python\nprint(1)'],
    ['a tool call', '<tool_call>\n{"name":"python","arguments":{"code":"print(5)"}}\n</tool_call>'],
  ])('finds nothing in %s', (_name, action) => {
    expect(extractProgram(action)).toBeNull();
  });
});

describe('what ipython_code takes for a program', () => {
  const toolCall = (call: unknown) => `<tool_call>\n${typeof call === 'string' ? call : JSON.stringify(call)}\n</tool_call>`;

  it.each([
    ['a tag', '<python>1</python>', '1'],
    ['a fence', '```python\n1\n```', '1'],
    ['a tool call', toolCall({ name: ' python ', arguments: { code: ' print(5)\n' } }), 'print(5)'],
    ['a tag before a tool call', `<python>1</python>${toolCall({ name: 'python', arguments: { code: '2' } })}`, '1'],
  ])('takes %s', (_name, action, code) => {
    expect(extractCell(action)?.code).toBe(code);
  });

  it.each([
    ['the short fence', '```py\n1\n```'],
    ['a call of another tool', toolCall({ name: 'search', arguments: { code: '1' } })],
    ['a call without code', toolCall({ name: 'python', arguments: { code: ' ' } })],
    ['a call without arguments', toolCall({ name: 'python' })],
    ['a call whose arguments are text', toolCall({ name: 'python', arguments: '{"code": "1"}' })],
    ['a call that is no JSON', toolCall('{"name":')],
    ['a call whose name is no text', toolCall({ name: 5, arguments: { code: '1' } })],
  ])('finds nothing in %s', (_name, action) => {
    expect(extractCell(action)).toBeNull();
  });
});

describe('extraction of any text', () => {
  const piece = fc.constantFrom(
    '```',
    '```python\n',
    '```py',
    'python',
    '\n',
    '\r\n',
    '<python>',
    '</python>',
    ' ',
    'x',
    "'",
    '```input\n',
    '🙂',
  );
  const action = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

  it('gives parts of the text and nothing else', () => {
    fc.assert(
      fc.property(action, (text) => {
        const { code, stdin } = extractProgram(text) ?? { code: '', stdin: '' };
        for (const block of [...code.split('\n'), stdin ?? '']) expect(text).toContain(block);
      }),
    );
  });

  it.each(['<python>', '```python\n', '```input\n', ' '])('looks at a text of a million times %j once', (part) => {
    expect(extractProgram(part.repeat(1_000_000))?.stdin ?? null).toBeNull();
    expect(extractCell(`<python>${' '.repeat(1_000_000)}1${' '.repeat(1_000_000)}</python>`)?.code).toBe('1');
  });

  it('finds a block that is closed wherever it stands, and takes it as it is but for blanks around it', () => {
    const quiet = fc.string({ maxLength: 20 }).map((text) => text.replace(/[`<>]/g, ''));
    fc.assert(
      fc.property(quiet, quiet, quiet, (before, code, after) => {
        expect(extractProgram(`${before}<python>\n${code}\n</python>${after}`)?.code.replace(/\s/g, '')).toBe(code.replace(/\s/g, ''));
      }),
    );
  });
});
