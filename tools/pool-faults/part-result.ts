import type { LoadReport } from './load';
import type { Part } from './pool-faults.settings';

/** Something that must hold, and whether it did. */
export interface Must {
  readonly what: string;
  readonly isMet: boolean;
}

export interface PartResult {
  readonly part: Part;
  readonly what: string;
  readonly load: LoadReport;
  readonly fewestReady: number;
  /** What else was measured, by what it is: seconds. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly musts: readonly Must[];
}

/** What must hold whatever happens to a worker. */
export function mustsOf({ failures, wrong, twice, runs, namedRuns }: LoadReport): Must[] {
  return [
    { what: `no request fails (${failures.length} did${first(failures)})`, isMet: failures.length === 0 },
    { what: `every answer is right (${wrong.length} were not${first(wrong)})`, isMet: wrong.length === 0 },
    { what: `no program runs twice (${twice} did)`, isMet: twice === 0 },
    // An answer that failed doesn't say what ran for it.
    { what: `what ran is what answers name (${runs} and ${namedRuns})`, isMet: failures.length > 0 || runs === namedRuns },
  ];
}

/** Of two answers that are to be compared, the whole. */
const MAX_SENTENCE_LENGTH = 2_000;

function first(sentences: readonly string[]): string {
  return sentences[0] === undefined ? '' : `: ${sentences[0].slice(0, MAX_SENTENCE_LENGTH)}`;
}
