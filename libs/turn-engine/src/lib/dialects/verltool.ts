import type { Dialect } from '../dialect';

const FENCES = ['```output', '```python'];

/** What VerlTool's `python_code` takes for a program, and the forms in which it shows the result. */
export const verltool: Dialect = {
  name: 'verltool',
  actionStops: ['```output'],
  grammars: [
    { name: 'verltool-tag', opening: /<python>/g, closing: '</python>', content: 'stripped-code' },
    { name: 'verltool-fence', opening: /```\n?python/g, closing: '```', content: 'stripped-code' },
    { name: 'verltool-short-fence', opening: /```\n?py/g, closing: '```', content: 'stripped-code' },
  ],
  inputBlock: { name: 'verltool-input', opening: /```input\n/g, closing: '\n```', content: 'stripped-code' },
  functionCall: null,
  observationAfterStop: [
    { when: { includesAny: FENCES, hasOpenFence: true }, before: '\n', after: '\n```\n' },
    { when: { includesAny: FENCES }, before: '\n```result\n', after: '\n```\n' },
    { when: { includesAny: ['</tool_call>'] }, before: '\n<tool_response>\n```result\n', after: '\n```\n</tool_response>\n' },
    { when: { endsWith: '<result>' }, before: '\n', after: '\n</result>\n' },
    { before: '\n<result>\n', after: '\n</result>\n' },
  ],
  observationAlone: { before: '```result\n', after: '\n```' },
  mtrlRole: 'user',
  report: 'streams-apart',
  declaresPython: false,
  isNative: false,
};
