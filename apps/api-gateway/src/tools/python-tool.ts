import { PYTHON_FUNCTION } from '@interleave/turn-engine';

/** Python as a function, for chat templates and workers that are told which functions there are. */
export const PYTHON_TOOL = {
  type: 'function',
  function: {
    name: PYTHON_FUNCTION,
    description: 'Runs Python and returns what it prints. Variables live from call to call. There is no network.',
    parameters: { type: 'object', properties: { code: { type: 'string', description: 'The program.' } }, required: ['code'] },
  },
} as const;
