import type { Dialect } from '../dialect';
import { FENCED_PYTHON, TAGGED_PYTHON } from './grammars';

/** A fenced block, then an opened output fence: what ToRL and most math models were trained on. */
export const torl: Dialect = {
  name: 'torl',
  actionStops: ['```output'],
  grammars: [FENCED_PYTHON, TAGGED_PYTHON],
  inputBlock: null,
  functionCall: null,
  observationAfterStop: [{ before: '\n', after: '\n```\n' }],
  observationAlone: { before: '```output\n', after: '\n```' },
  mtrlRole: 'user',
  report: 'described',
  declaresPython: false,
  isNative: false,
};
