import { CHAT_FIELDS } from '../request/chat-fields';
import { expectationOf } from '../request/json-schema';
import type { JsonSchema } from '../request/json-schema';
import type { RequestField, RequestFields } from '../request/request-field';
import { TEXT_FIELDS } from '../request/text-fields';

/** A field of a request, as people read about it. */
export interface FieldRow {
  readonly name: string;
  /** `chat`, `text` or `both`. */
  readonly endpoints: 'chat' | 'text' | 'both';
  readonly treatment: 'accepted' | 'to the worker' | 'to the chat template' | 'accepted, no effect' | 'refused';
  readonly values: string;
  readonly note: string;
}

const TREATMENTS = {
  meaning: 'accepted',
  worker: 'to the worker',
  template: 'to the chat template',
  hint: 'accepted, no effect',
  refused: 'refused',
} as const;

/** All fields of both endpoints, by name; one that means something else in the other endpoint has two rows. */
export function fieldRows(): FieldRow[] {
  const chat: RequestFields = CHAT_FIELDS;
  const text: RequestFields = TEXT_FIELDS;
  const names = [...new Set([...Object.keys(chat), ...Object.keys(text)])].sort();
  return names.flatMap((name) => {
    const inChat = chat[name];
    const inText = text[name];
    if (inChat && inText && inChat === inText) return [rowOf(name, 'both', inChat)];
    return [...(inChat ? [rowOf(name, 'chat', inChat)] : []), ...(inText ? [rowOf(name, 'text', inText)] : [])];
  });
}

function rowOf(name: string, endpoints: FieldRow['endpoints'], field: RequestField): FieldRow {
  return { name, endpoints, treatment: TREATMENTS[field.treatment], values: valuesOf(field), note: field.note };
}

function valuesOf({ schema, treatment }: RequestField): string {
  const values = isNothing(schema) ? '' : expectationOf(schema);
  if (treatment !== 'refused') return values;
  return values === '' ? '' : `only ${schema.type === 'array' && schema.maxItems === 0 ? '[]' : values}`;
}

function isNothing(schema: JsonSchema): boolean {
  return schema.type === 'null' || Object.keys(schema).length === 0;
}
