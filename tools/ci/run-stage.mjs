import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tallyOfJestReport } from './jest-report.mjs';
import { ROOT } from './repository.mjs';
import { runProgram } from './run-program.mjs';
import { tallyOfOne } from './tally.mjs';

/**
 * Runs one stage and counts it.
 * @param {import('./test-stages.mjs').Stage} stage
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
export async function runStage(stage) {
  if (!stage.isJest) {
    const { status } = await runProgram(stage.program, stage.args, { cwd: ROOT, timeoutMs: stage.timeoutMs });
    return tallyOfOne(stage.name, status === 0);
  }
  const folder = mkdtempSync(join(tmpdir(), 'interleave-test-'));
  const outputFile = join(folder, 'report.json');
  // A spec that skips says why on a line of its own; jest's report doesn't know.
  const reasons = new Set();
  try {
    const { status, isTimeout } = await runProgram(stage.program, [...stage.args, '--json', `--outputFile=${outputFile}`], {
      cwd: ROOT,
      timeoutMs: stage.timeoutMs,
      onLine: (line) => {
        if (line.startsWith('skipped: ')) reasons.add(line.slice('skipped: '.length));
      },
    });
    if (!existsSync(outputFile)) return tallyOfOne(`${stage.name}: jest gave no report`, false);
    const tally = tallyOfJestReport(JSON.parse(readFileSync(outputFile, 'utf8')), ROOT);
    tally.skips.push(...[...reasons].map((reason) => `because: ${reason}`));
    if (tally.failed === 0 && status !== 0) {
      tally.failed += 1;
      tally.failures.push(`${stage.name}: ${isTimeout ? 'jest did not end, something stays open' : `jest ended with status ${status}`}`);
    }
    return tally;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
