/**
 * What a run of checks came to.
 * @typedef {{ passed: number, failed: number, skipped: number, failures: string[], skips: string[] }} Tally
 */

/** @returns {Tally} */
export const emptyTally = () => ({ passed: 0, failed: 0, skipped: 0, failures: [], skips: [] });

/** @param {Tally[]} tallies @returns {Tally} */
export function addTallies(tallies) {
  const sum = emptyTally();
  for (const tally of tallies) {
    sum.passed += tally.passed;
    sum.failed += tally.failed;
    sum.skipped += tally.skipped;
    sum.failures.push(...tally.failures);
    sum.skips.push(...tally.skips);
  }
  return sum;
}

/** A check that is one test as a whole. @param {string} name @param {boolean} hasPassed @returns {Tally} */
export function tallyOfOne(name, hasPassed) {
  return hasPassed ? { ...emptyTally(), passed: 1 } : { ...emptyTally(), failed: 1, failures: [name] };
}

/** The line that people and machines read: the last one of a run. @param {Tally} tally */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Ends a run: what was skipped and what failed, the closing line, the exit status. @param {Tally} tally */
export function conclude(tally) {
  for (const skip of tally.skips) console.log(`skipped: ${skip}`);
  for (const failure of tally.failures) console.log(`failed: ${failure}`);
  console.log(closingLine(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
}

/** @param {string} line @returns {Tally | null} */
export function parseClosingLine(line) {
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line.trim());
  return match && { ...emptyTally(), passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) };
}
