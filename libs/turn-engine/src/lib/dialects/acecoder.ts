import type { Dialect } from '../dialect';
import { FENCED_PYTHON, TAGGED_PYTHON } from './grammars';

/** Python and output in tags: AceCoder's models. */
export const acecoder: Dialect = {
  name: 'acecoder',
  actionStops: ['</python>'],
  grammars: [TAGGED_PYTHON, FENCED_PYTHON],
  inputBlock: null,
  functionCall: null,
  observationAfterStop: [{ before: '\n<output>\n', after: '\n</output>\n' }],
  observationAlone: { before: '<output>\n', after: '\n</output>' },
  mtrlRole: 'user',
  report: 'described',
  declaresPython: false,
  isNative: false,
};
