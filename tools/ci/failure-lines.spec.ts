import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** In a Node of its own: jest's module system is CommonJS. */
function failureLinesOf(output: readonly string[]): readonly string[] {
  const source = `import { FailureLines } from ${JSON.stringify(pathToFileURL(join(__dirname, 'failure-lines.mjs')).href)};
const found = new FailureLines();
for (const line of ${JSON.stringify(output)}) found.add(line);
process.stdout.write(JSON.stringify(found.lines()));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

describe('the lines that say what failed inside a stage of CI', () => {
  it('are the failures told at its end, each with the details below it', () => {
    const report = [
      'runsc, 3.6 minutes',
      '  A CPU and time                    52       1       2',
      '  failed: A11.1 uses up its share of the CPU',
      '      it was refused: 503 sandbox_unavailable',
      '  failed: G3: the neighbour',
      '',
      '      not a detail, after an empty line',
      'FAILED: The service does not answer.',
      '1003 passed, 2 failed',
    ];

    expect(failureLinesOf(report)).toEqual([
      'failed: A11.1 uses up its share of the CPU',
      '  it was refused: 503 sandbox_unavailable',
      'failed: G3: the neighbour',
      'FAILED: The service does not answer.',
    ]);
  });

  it('are the titles of jest, once, where nothing else names the test', () => {
    const report = [
      '  \u001b[1m● \u001b[22mqueue › is fair',
      '  ● Console',
      '  ● queue › never waits',
      '  ● Test suite failed to run',
      '  ● queue › never waits',
      'failed: apps/a.spec.ts: queue is fair',
      '3 passed, 3 failed',
    ];

    expect(failureLinesOf(report)).toEqual([
      'failed: apps/a.spec.ts: queue is fair',
      '● queue › never waits',
      '● Test suite failed to run',
    ]);
  });

  it('are none in the output of a stage that passed', () => {
    expect(failureLinesOf(['runc [1/2] A1.1 loops: passed, 0.6 s', '== unit: 12 passed, 0 failed', '12 passed, 0 failed'])).toEqual([]);
  });

  it('are bounded in length and number, and say how many there are beyond', () => {
    const lines = failureLinesOf(Array.from({ length: 50 }, (_, place) => `failed: ${place} ${'x'.repeat(2_000)}`));

    expect(lines).toHaveLength(21);
    expect(Math.max(...lines.map((line) => line.length))).toBe(1_500);
    expect(lines.at(-1)).toBe('… and 30 more lines');
  });
});
