import type { Dialect } from '../dialect';
import { FENCED_PYTHON, TAGGED_PYTHON, TOOL_CALL } from './grammars';

/** Function calls as JSON in tags: Hermes, Qwen and many others. */
export const hermes: Dialect = {
  name: 'hermes',
  actionStops: ['</tool_call>'],
  grammars: [TOOL_CALL, FENCED_PYTHON, TAGGED_PYTHON],
  inputBlock: null,
  functionCall: TOOL_CALL,
  observationAfterStop: [{ before: '\n<tool_response>\n', after: '\n</tool_response>\n' }],
  observationAlone: { before: '<tool_response>\n', after: '\n</tool_response>' },
  mtrlRole: 'user',
  report: 'described',
  declaresPython: true,
  isNative: false,
};
