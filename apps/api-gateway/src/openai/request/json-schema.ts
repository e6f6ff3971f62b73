/** The part of JSON Schema that request fields are described with: what the parser checks is word for word what the OpenAPI document says. */
export interface JsonSchema {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null';
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly anyOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
}

export function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

export interface Mismatch {
  /** Where the wrong value stands, e.g. `messages[2].role`. */
  readonly path: string;
  /** What should stand there, as the end of a sentence: "must be …". */
  readonly expected: string;
}

/** The first place where the value is not what the schema says; null where it is. Never looks deeper than the schema does. */
export function mismatchOf(value: unknown, schema: JsonSchema, path: string): Mismatch | null {
  if (schema.anyOf) return mismatchOfAny(value, schema.anyOf, path);
  if (schema.enum) return schema.enum.includes(value as string) ? null : { path, expected: expectationOf(schema) };
  if (!fitsType(value, schema.type)) return { path, expected: expectationOf(schema) };
  if (typeof value === 'string') return isWithinText(value, schema) ? null : { path, expected: expectationOf(schema) };
  if (typeof value === 'number') return isWithin(value, schema.minimum, schema.maximum) ? null : { path, expected: expectationOf(schema) };
  if (Array.isArray(value)) return mismatchOfItems(value, schema, path);
  return typeof value === 'object' && value !== null ? mismatchOfProperties(value, schema, path) : null;
}

/** What the schema asks for, in words. */
export function expectationOf(schema: JsonSchema): string {
  if (schema.anyOf) {
    const others = schema.anyOf.filter(({ type }) => type !== 'null');
    return others.map(expectationOf).join(' or ');
  }
  if (schema.enum) {
    const values = schema.enum.map((value) => JSON.stringify(value));
    return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
  }
  switch (schema.type) {
    case 'integer':
      return `an integer${rangeOf(schema.minimum, schema.maximum)}`;
    case 'number':
      return `a number${rangeOf(schema.minimum, schema.maximum)}`;
    case 'string':
      if (schema.pattern !== undefined) return `a string that matches ${schema.pattern}`;
      return `a string${schema.minLength ? ' that is not empty' : ''}${schema.maxLength === undefined ? '' : `, of at most ${schema.maxLength} characters`}`;
    case 'array':
      return `${schema.minItems ? 'a non-empty array' : 'an array'}${schema.maxItems === undefined ? '' : ` of at most ${schema.maxItems} elements`}`;
    case 'object':
      return 'an object';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case undefined:
      return 'any value';
  }
}

function mismatchOfAny(value: unknown, options: readonly JsonSchema[], path: string): Mismatch | null {
  const mismatches = options.map((option) => mismatchOf(value, option, path));
  if (mismatches.includes(null)) return null;
  // Where only one form is of the value's kind, what is wrong inside it says more than "one of these forms".
  const ofItsKind = mismatches.filter((_, index) => isOfKind(value, options[index] as JsonSchema));
  return (ofItsKind.length === 1 ? ofItsKind[0] : null) ?? { path, expected: expectationOf({ anyOf: options }) };
}

function mismatchOfItems(value: readonly unknown[], schema: JsonSchema, path: string): Mismatch | null {
  if (!isWithin(value.length, schema.minItems, schema.maxItems)) return { path, expected: expectationOf(schema) };
  const { items } = schema;
  if (!items) return null;
  for (let index = 0; index < value.length; index += 1) {
    // There may be millions: the place is put into words for the one that is wrong.
    if (mismatchOf(value[index], items, path)) return mismatchOf(value[index], items, `${path}[${index}]`);
  }
  return null;
}

function mismatchOfProperties(value: object, schema: JsonSchema, path: string): Mismatch | null {
  const inside = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const { properties = {}, additionalProperties = true } = schema;
  for (const [name, element] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!known && additionalProperties === false) return { path: inside(name), expected: 'left out: there is no such option' };
    const elementSchema = known ?? (typeof additionalProperties === 'object' ? additionalProperties : null);
    const mismatch = elementSchema && mismatchOf(element, elementSchema, inside(name));
    if (mismatch) return mismatch;
  }
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name));
  return missing === undefined ? null : { path: inside(missing), expected: 'sent' };
}

function isOfKind(value: unknown, { type, enum: values }: JsonSchema): boolean {
  return values ? values.some((element) => typeof element === typeof value) : fitsType(value, type);
}

function fitsType(value: unknown, type: JsonSchema['type']): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function isWithinText(value: string, { minLength, maxLength, pattern }: JsonSchema): boolean {
  // JSON Schema counts characters, JavaScript their halves: only what is near the limit has to be counted.
  const isShort = maxLength === undefined || value.length <= maxLength || (value.length <= 2 * maxLength && [...value].length <= maxLength);
  return isShort && value.length >= (minLength ?? 0) && (pattern === undefined || new RegExp(pattern).test(value));
}

function isWithin(value: number, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY): boolean {
  return value >= minimum && value <= maximum;
}

function rangeOf(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return ` between ${minimum} and ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}
