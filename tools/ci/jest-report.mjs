import { relative } from 'node:path';
import { emptyTally } from './tally.mjs';

/**
 * Counts what `jest --json` wrote. A file that could not be run at all has no tests in it and counts as one that failed.
 * @param {{ testResults: { name: string, status: string, message: string, assertionResults: { status: string, fullName: string }[] }[] }} report
 * @param {string} root
 * @returns {import('./tally.mjs').Tally}
 */
export function tallyOfJestReport(report, root) {
  const tally = emptyTally();
  for (const file of report.testResults) {
    const path = relative(root, file.name);
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      tally.failed += 1;
      tally.failures.push(`${path} could not be run`);
    }
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') tally.passed += 1;
      else if (status === 'failed') {
        tally.failed += 1;
        tally.failures.push(`${path}: ${fullName}`);
      } else {
        tally.skipped += 1;
        tally.skips.push(`${path}: ${fullName}`);
      }
    }
  }
  return tally;
}
