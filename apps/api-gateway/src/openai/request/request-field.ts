import type { JsonSchema } from './json-schema';

/**
 * What becomes of a field: the gateway gives it its `meaning`; it goes to the `worker` with every round, untouched; it goes to the chat `template`;
 * it is a `hint` that changes no answer, and is taken without effect; or it is `refused`, but for the values that ask for nothing.
 */
export type Treatment = 'meaning' | 'worker' | 'template' | 'hint' | 'refused';

export interface RequestField {
  readonly treatment: Treatment;
  /** The values that are taken. Null is taken for every field but the required ones: it means "not sent", as SDKs send it. */
  readonly schema: JsonSchema;
  /** For people: what it does, or why it is refused; then it is the whole answer. */
  readonly note: string;
}

export type RequestFields = Readonly<Record<string, RequestField>>;

/** No value of such a field asks for nothing, but null. */
const NOTHING: JsonSchema = { type: 'null' };

export function refused(note: string, schema: JsonSchema = NOTHING): RequestField {
  return { treatment: 'refused', schema, note };
}

export function hint(schema: JsonSchema, note: string): RequestField {
  return { treatment: 'hint', schema, note };
}

/** The worker knows best which values it takes: where no schema is given, its own 400 is the answer. */
export function forWorker(note: string, schema: JsonSchema = {}): RequestField {
  return { treatment: 'worker', schema, note };
}

export function forTemplate(schema: JsonSchema, note: string): RequestField {
  return { treatment: 'template', schema, note };
}

export function meaning(schema: JsonSchema, note: string): RequestField {
  return { treatment: 'meaning', schema, note };
}
