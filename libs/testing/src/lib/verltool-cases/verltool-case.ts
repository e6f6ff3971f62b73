import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What VerlTool's tool server answered to one request. */
export interface VerltoolCase {
  readonly name: string;
  /** The body as it was sent: numbers in it are as Python writes them. */
  readonly requestText: string;
  readonly status: number;
  readonly response: VerltoolAnswer;
  /** What we answer, where that is something else, and the rows of docs/verltool-differences.md that say why. */
  readonly ours?: { readonly status?: number; readonly response: VerltoolAnswer };
  readonly differences?: readonly string[];
}

/** Without the times; a text of more than 3,000 characters as `LEN n head … tail`, of a hundred characters each. */
export interface VerltoolAnswer {
  readonly observations?: readonly unknown[];
  readonly dones?: readonly boolean[];
  readonly valids?: readonly boolean[];
}

/** @param name of a file in golden/verltool, without `.jsonl` */
export function loadVerltoolCases(name: string): readonly VerltoolCase[] {
  const text = readFileSync(join(__dirname, `../../../golden/verltool/${name}.jsonl`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ ...(JSON.parse(line) as VerltoolCase), requestText: between(line, '"request": ', ', "status": ') }));
}

function between(line: string, start: string, end: string): string {
  return line.slice(line.indexOf(start) + start.length, line.indexOf(end));
}
