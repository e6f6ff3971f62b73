import type { CodeGrammar, FunctionGrammar } from '../dialect';

/** ```` ```python ```` (or py, python3) up to the next fence. */
export const FENCED_PYTHON: CodeGrammar = {
  name: 'fenced-python',
  opening: /```[ \t]*\n?(?:python3?|py)\b[ \t]*\r?\n?/gi,
  closing: '```',
  content: 'code',
};

/** `<python>` … `</python>` */
export const TAGGED_PYTHON: CodeGrammar = { name: 'tagged-python', opening: /<python>/g, closing: '</python>', content: 'code' };

/** `<tool_call>{"name": "python", "arguments": {"code": …}}</tool_call>` */
export const TOOL_CALL: FunctionGrammar = {
  name: 'tool-call',
  opening: /<tool_call>/g,
  closing: '</tool_call>',
  content: 'tool-call',
  // Models see no blank at the end: it is one token with what follows.
  beforeName: '\n{"name": "',
  beforeArguments: '", "arguments":',
  outputBeside: { before: '\n<tool_response>\n', after: '\n</tool_response>\n' },
};
