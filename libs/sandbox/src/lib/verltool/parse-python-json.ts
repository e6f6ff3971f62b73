import { AppError } from '@interleave/kernel';
import { PythonNumber } from './python-value';
import type { PythonValue } from './python-value';

/** Python gives up there too. */
const MAX_DEPTH = 900;
const TOKEN =
  /[\t\n\r ]*(?:([{}[\],:])|("[^"\\]*(?:\\.[^"\\]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.eE])|NaN|-?Infinity)|(true|false|null)|$)/suy;
const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/**
 * `json.loads`: like `JSON.parse`, but numbers are kept as they are written.
 * @throws AppError `invalid_request`
 */
export function parsePythonJson(text: string): PythonValue {
  return new Parser(text).parse();
}

class Parser {
  private readonly token = new RegExp(TOKEN);
  private mark = '';
  private value: PythonValue = null;

  constructor(private readonly text: string) {}

  parse(): PythonValue {
    this.advance();
    const value = this.read(0);
    if (this.mark !== 'end') throw this.wrong();
    return value;
  }

  /** The value at the current token; the token after it is current then. */
  private read(depth: number): PythonValue {
    if (depth > MAX_DEPTH) throw new AppError('invalid_request', `The JSON text is nested deeper than ${MAX_DEPTH} levels.`);
    if (this.mark === '[') return this.readList(depth);
    if (this.mark === '{') return this.readDict(depth);
    if (this.mark !== 'value') throw this.wrong();
    const { value } = this;
    this.advance();
    return value;
  }

  private readList(depth: number): PythonValue {
    const items: PythonValue[] = [];
    this.readItems(']', () => items.push(this.read(depth + 1)));
    return items;
  }

  private readDict(depth: number): PythonValue {
    const entries = new Map<string, PythonValue>();
    this.readItems('}', () => {
      const key = this.read(depth + 1);
      if (typeof key !== 'string' || this.mark !== ':') throw this.wrong();
      this.advance();
      entries.set(key, this.read(depth + 1));
    });
    return entries;
  }

  private readItems(end: ']' | '}', readItem: () => void): void {
    this.advance();
    if (this.mark === end) return this.advance();
    for (;;) {
      readItem();
      if (this.mark === end) return this.advance();
      if (this.mark !== ',') throw this.wrong();
      this.advance();
    }
  }

  private advance(): void {
    const match = this.token.exec(this.text);
    if (!match) throw this.wrong();
    const [, punctuation, text, number, constant] = match;
    this.mark = 'value';
    if (text !== undefined) this.value = this.unquote(text);
    else if (number !== undefined) this.value = new PythonNumber(number);
    else if (constant !== undefined) this.value = CONSTANTS[constant] ?? null;
    else this.mark = punctuation ?? 'end';
  }

  private unquote(text: string): string {
    try {
      return String(JSON.parse(text));
    } catch (_badEscape) {
      throw this.wrong();
    }
  }

  private wrong(): AppError {
    return new AppError('invalid_request', 'The text is not JSON.');
  }
}
