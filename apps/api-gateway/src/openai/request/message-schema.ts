import { nullable } from './json-schema';
import type { JsonSchema } from './json-schema';

const TEXT_PART: JsonSchema = {
  type: 'object',
  properties: { type: { enum: ['text'] }, text: { type: 'string' } },
  required: ['type', 'text'],
};

/** A message of a chat. Fields that are not named here (`tool_calls`, `reasoning`, …) go to the model's chat template. */
export const MESSAGE_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    role: { enum: ['system', 'developer', 'user', 'assistant', 'tool', 'function'] },
    content: {
      anyOf: [{ type: 'string' }, { type: 'array', items: TEXT_PART, maxItems: 4096 }, { type: 'null' }],
      description: 'A text, or parts that are texts: images, audio and files are not supported.',
    },
    name: nullable({ type: 'string', maxLength: 256 }),
    tool_call_id: nullable({ type: 'string', maxLength: 256 }),
    tool_calls: nullable({ type: 'array', items: { type: 'object' }, maxItems: 128 }),
  },
  required: ['role'],
};
