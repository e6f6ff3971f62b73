import { AppError } from '@interleave/kernel';

interface IntegerRange {
  readonly min: number;
  readonly max: number;
  /** The setting that the maximum comes from. */
  readonly setting: string;
}

/** The fields of a JSON body, read one by one. Whatever is wrong is an AppError `invalid_request` that names the field and says what is allowed. */
export class BodyFields {
  private readonly values: ReadonlyMap<string, unknown>;

  constructor(body: unknown, known: readonly string[]) {
    const allowed = known.join(', ');
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new AppError('invalid_request', `The request body must be a JSON object; its fields are ${allowed}.`);
    }
    this.values = new Map(Object.entries(body));
    for (const name of this.values.keys()) {
      const shown = name.slice(0, 64);
      if (!known.includes(name)) throw wrong(shown, `Unknown field "${shown}": the fields of this request are ${allowed}.`);
    }
  }

  requiredText(name: string, meaning: string, maxChars: number): string {
    const text = this.text(name, meaning, maxChars);
    if (text === undefined) throw wrong(name, `${name} is required: ${meaning}.`);
    return text;
  }

  text(name: string, meaning: string, maxChars: number): string | undefined {
    const value = this.given(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw wrong(name, `${name} must be a string (${meaning}), not ${kindOf(value)}.`);
    if (value.length > maxChars) throw wrong(name, `${name} has ${value.length} characters; ${maxChars} are allowed.`);
    return value;
  }

  integer(name: string, { min, max, setting }: IntegerRange): number | undefined {
    const value = this.given(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    const given = typeof value === 'number' ? String(value) : kindOf(value);
    throw wrong(name, `${name} must be a whole number from ${min} to ${max} (${setting}), not ${given}.`);
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.given(name);
    if (value === undefined) return undefined;
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    throw wrong(name, `${name} must be one of ${choices.map((each) => `"${each}"`).join(', ')}.`);
  }

  flag(name: string): boolean {
    const value = this.given(name) ?? false;
    if (typeof value !== 'boolean') throw wrong(name, `${name} must be true or false, not ${kindOf(value)}.`);
    return value;
  }

  /** Null is as good as absent. */
  private given(name: string): unknown {
    return this.values.get(name) ?? undefined;
  }
}

function wrong(param: string, message: string): AppError {
  return new AppError('invalid_request', message, { param });
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
