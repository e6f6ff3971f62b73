import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a dialect makes of a text, and for some what the transcript is once the output has been shown. */
export interface DialectCase {
  readonly name: string;
  /** What the model writes, up to its action stop where it has one. */
  readonly text: string;
  /** Null: there is nothing to run. */
  readonly code: string | null;
  readonly stdin?: string;
  readonly output?: string;
  readonly transcript?: string;
}

/** The golden cases of a dialect: `golden/dialects/NAME.json`. */
export function loadDialectCases(dialect: string): readonly DialectCase[] {
  return JSON.parse(readFileSync(join(__dirname, `../../../golden/dialects/${dialect}.json`), 'utf8')) as DialectCase[];
}
