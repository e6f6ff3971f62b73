import { ROOT } from './repository.mjs';
import { runProgram } from './run-program.mjs';
import { addTallies, parseClosingLine, tallyOfOne } from './tally.mjs';

/**
 * Runs one of our programs that ends with `N passed, N failed`, and counts it.
 * @param {string} name
 * @param {readonly string[]} args
 * @param {number} timeoutMinutes
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
export async function runCounted(name, args, timeoutMinutes) {
  const failures = [];
  let counted = null;
  const { status } = await runProgram(process.execPath, args, {
    cwd: ROOT,
    timeoutMs: timeoutMinutes * 60_000,
    onLine: (line) => {
      counted = parseClosingLine(line) ?? counted;
      if (line.startsWith('failed: ')) failures.push(`${name}: ${line.slice('failed: '.length)}`);
    },
  });
  if (!counted) return tallyOfOne(name, false);
  const tally = { ...counted, failures };
  return status === 0 || counted.failed > 0 ? tally : addTallies([tally, tallyOfOne(name, false)]);
}
