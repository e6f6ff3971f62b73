/** A value that came as JSON, as Python's `json` understands it: a whole number keeps all its digits, and 1.0 is not 1. */
export type PythonValue = null | boolean | string | PythonNumber | readonly PythonValue[] | PythonDict;

export type PythonDict = ReadonlyMap<string, PythonValue>;

export class PythonNumber {
  /** @param literal as it stands in the JSON text; also NaN, Infinity, -Infinity */
  constructor(readonly literal: string) {}

  get isInteger(): boolean {
    return /^-?\d+$/.test(this.literal);
  }

  /** `repr` */
  toString(): string {
    if (this.isInteger) return this.literal === '-0' ? '0' : this.literal;
    return floatText(Number(this.literal));
  }
}

/** A number that has been through JavaScript is a float only when it shows. */
export function toPythonValue(value: unknown): PythonValue {
  if (typeof value === 'number')
    return new PythonNumber(Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : floatText(value));
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(toPythonValue);
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([key, each]): [string, PythonValue] => [key, toPythonValue(each)]));
  return null;
}

export function isList(value: PythonValue | undefined): value is readonly PythonValue[] {
  return Array.isArray(value);
}

export function isDict(value: PythonValue | undefined): value is PythonDict {
  return value instanceof Map;
}

/** `str(value)` */
export function pythonStr(value: PythonValue): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** `repr(value)` */
export function pythonRepr(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return textRepr(value);
  if (value instanceof PythonNumber) return value.toString();
  if (isList(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (isDict(value)) return `{${[...value].map(([key, each]) => `${textRepr(key)}: ${pythonRepr(each)}`).join(', ')}}`;
  return '';
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  // Both languages print the fewest digits that give the number back; only where the exponent begins differs.
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 16) {
    const fixed = exponent < 0 ? value.toFixed(Math.max(0, digitsAfterPoint(mantissa) - exponent)) : value.toString();
    return `${Object.is(value, -0) ? '-' : ''}${fixed}${fixed.includes('.') ? '' : '.0'}`;
  }
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function digitsAfterPoint(mantissa: string): number {
  return mantissa.split('.')[1]?.length ?? 0;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\n\r\t'\p{C}\p{Z}]/gu, (character) => {
    if (character === ' ') return character;
    if (character === "'") return quote === "'" ? "\\'" : character;
    return ESCAPES[character] ?? codeEscape(character.codePointAt(0) ?? 0);
  });
  return `${quote}${escaped}${quote}`;
}

function codeEscape(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
