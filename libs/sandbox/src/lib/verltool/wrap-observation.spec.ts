import { wrapCellObservation, wrapObservation } from './wrap-observation';

describe('the observation of python_code', () => {
  it.each([
    ['a tag', "<python>print('hi')</python>", '\n<result>\nR\n</result>\n'],
    ['a tag whose answer is opened', '<python>print(2)</python>\n<result> \n', '\nR\n</result>\n'],
    ['a tag whose answer is opened by another word', '<python>print(2)</python>\n<output>', '\n<result>\nR\n</result>\n'],
    ['a fence', '```python\nprint(1)\n```', '\n```result\nR\n```\n'],
    ['a fence whose answer is opened', '```python\nprint(6*7)\n```\n```output', '\nR\n```\n'],
    ['a tool call', '<tool_call>{}</tool_call>', '\n<tool_response>\n```result\nR\n```\n</tool_response>\n'],
    ['anything else', '```py\n1\n```', '\n<result>\nR\n</result>\n'],
  ])('answers %s in its own form', (_name, action, expected) => {
    expect(wrapObservation(action, 'R')).toBe(expected);
  });
});

describe('the observation of ipython_code', () => {
  it.each([
    ['a tag', '<python>1</python>', '\n<output>\nR\n</output>\n'],
    ['a tag and text', '<python>1</python> so', '\n<output>\nR\n</output>\n'],
    ['a tag whose answer is opened', '<python>1</python><output>', '\nR\n</output>\n'],
    ['a fence', '```python\n1\n```', '\n```output\nR\n```\n'],
    ['a fence whose answer is opened', '```python\n1\n```\n```output', '\nR\n```\n'],
    ['a fence whose answer is opened without a language', '```python\n1\n```\n```', 'output\nR\n```\n'],
    ['a tool call', '<tool_call>{}</tool_call>', 'R'],
    ['a tool call and text', '<tool_call>{}</tool_call> so', '\nR\n'],
    ['a fence and the word of an older format', '```python\n1\n```<|calling system for feedback|>', '\n```output\nR\n```\n'],
  ])('answers %s in its own form', (_name, action, expected) => {
    expect(wrapCellObservation(action, 'R')).toBe(expected);
  });
});
