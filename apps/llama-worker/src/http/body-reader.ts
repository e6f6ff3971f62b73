import { AppError } from '@interleave/kernel';

interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Reads the fields of a JSON body; a wrong value is a 400 that names the parameter. Null means "not sent", unknown fields are let be. */
export class BodyReader {
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(body: unknown) {
    if (body === null || typeof body !== 'object' || Array.isArray(body)) {
      throw new AppError('invalid_request', 'The request body must be a JSON object.');
    }
    this.fields = body as Record<string, unknown>;
  }

  raw(name: string): unknown {
    return this.fields[name] ?? undefined;
  }

  number(name: string, { min = -Infinity, max = Infinity }: Range = {}): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(name, 'must be a number', value);
    if (value < min || value > max) throw invalid(name, `must be ${rangeText(min, max)}`, value);
    return value;
  }

  integer(name: string, range: Range = {}): number | undefined {
    const value = this.raw(name);
    if (value !== undefined && !Number.isInteger(value)) throw invalid(name, 'must be an integer', value);
    return this.number(name, range);
  }

  boolean(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== 'boolean') throw invalid(name, 'must be true or false', value);
    return value;
  }

  string(name: string): string | undefined {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== 'string') throw invalid(name, 'must be a string', value);
    return value;
  }

  /** A string, or a list of strings. */
  strings(name: string): string[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!list.every((element) => typeof element === 'string')) throw invalid(name, 'must be a string or a list of strings', value);
    return [...list];
  }

  integers(name: string, range: Range = {}): number[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    if (!isIntegerList(value)) throw invalid(name, 'must be a list of integers', value);
    const { min = -Infinity, max = Infinity } = range;
    const outside = value.find((element) => element < min || element > max);
    if (outside !== undefined) throw invalid(name, `must hold integers ${rangeText(min, max)}`, outside);
    return [...value];
  }

  object(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, 'must be an object', value);
    return value as Record<string, unknown>;
  }

  /** For what this worker can't do: refused by name where it is asked for, accepted where it is off. */
  refuse(name: string, isOff: (value: unknown) => boolean = () => false): void {
    const value = this.raw(name);
    if (value === undefined || isOff(value)) return;
    throw new AppError('invalid_request', `${name} is not supported by this worker.`, { param: name });
  }
}

export function invalid(name: string, rule: string, value: unknown): AppError {
  const shown = JSON.stringify(value) ?? String(value);
  return new AppError('invalid_request', `${name} ${rule}, got ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}.`, { param: name });
}

export function isIntegerList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((element) => Number.isInteger(element));
}

function rangeText(min: number, max: number): string {
  if (max === Infinity) return `at least ${min}`;
  return min === -Infinity ? `at most ${max}` : `in [${min}, ${max}]`;
}
