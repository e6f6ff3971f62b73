import type { Dialect } from '../dialect';
import { hermes } from './hermes';

/** The worker's own tool calls, through its chat endpoint. In the transcript they are written as hermes writes them; results are messages of their own. */
export const native: Dialect = {
  ...hermes,
  name: 'native',
  observationAfterStop: [{ before: '', after: '' }],
  observationAlone: { before: '', after: '' },
  mtrlRole: 'tool',
  isNative: true,
};
