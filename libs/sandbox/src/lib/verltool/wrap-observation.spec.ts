import { wrapObservation } from './wrap-observation';

describe('VerlTool’s observation', () => {
  it.each([
    ['a tag', "<python>print('hi')</python>", '\n<result>\nR\n</result>\n'],
    ['a tag whose answer is opened', '<python>print(2)</python>\n<result>', '\nR\n</result>\n'],
    ['a fence', '```python\nprint(1)\n```', '\n```result\nR\n```\n'],
    ['a fence whose answer is opened', '```python\nprint(6*7)\n```\n```output', '\nR\n```\n'],
    ['a tool call', '<tool_call>{}</tool_call>', '\n<tool_response>\n```result\nR\n```\n</tool_response>\n'],
    ['anything else', '```py\n1\n```', '\n<result>\nR\n</result>\n'],
  ])('answers %s in its own form', (_name, action, expected) => {
    expect(wrapObservation(action, 'R', 'result')).toBe(expected);
  });

  it('uses the older tag name where the tool does', () => {
    expect(wrapObservation('<python>1</python>', 'R', 'output')).toBe('\n<output>\nR\n</output>\n');
  });
});
