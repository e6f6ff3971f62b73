import { AppError } from '@interleave/kernel';
import { mismatchOf } from './json-schema';
import type { RequestField, RequestFields, Treatment } from './request-field';

/** Deeper JSON than this is nobody's parameter; what it is handed on to would recurse into it. */
const MAX_DEPTH = 64;

/** A body whose fields are what their table says; those of value null are gone. */
export class CheckedRequest {
  constructor(
    private readonly values: ReadonlyMap<string, unknown>,
    private readonly fields: RequestFields,
  ) {}

  /** The caller names the type that the field's schema vouches for. */
  get<Value>(name: string): Value | undefined {
    return this.values.get(name) as Value | undefined;
  }

  /** Fields of this treatment, as they were sent; those that no table knows are the worker's. */
  of(treatment: Treatment): Record<string, unknown> {
    const own = [...this.values].filter(([name]) => (fieldOf(this.fields, name)?.treatment ?? 'worker') === treatment);
    return Object.fromEntries(own);
  }
}

/** @throws AppError `invalid_request`, with the name of the field that is wrong */
export function readRequest(body: unknown, fields: RequestFields, required: readonly string[]): CheckedRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid(null, 'The request body must be a JSON object.');
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue;
    const field = fieldOf(fields, name);
    if (field) checkField(name, value, field);
    if (name !== 'prompt' && isDeeperThan(value, MAX_DEPTH)) throw invalid(name, `${name} is nested too deeply.`);
    values.set(name, value);
  }
  for (const name of required) if (!values.has(name)) throw invalid(name, `${name} must be sent.`);
  return new CheckedRequest(values, fields);
}

export function invalid(param: string | null, message: string): AppError {
  return new AppError('invalid_request', message, param === null ? {} : { param });
}

function checkField(name: string, value: unknown, field: RequestField): void {
  const mismatch = mismatchOf(value, field.schema, name);
  if (!mismatch) return;
  throw invalid(mismatch.path, field.treatment === 'refused' ? field.note : `${mismatch.path} must be ${mismatch.expected}.`);
}

function fieldOf(fields: RequestFields, name: string): RequestField | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  for (const element of Object.values(value)) if (isDeeperThan(element, depth - 1)) return true;
  return false;
}
