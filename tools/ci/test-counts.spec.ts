import { callInModule } from './test/call-in-module';

const closing = (counts: object) => callInModule('tally.mjs', 'closingLine', counts);
const test = (status: string, fullName: string) => ({ status, fullName });

describe('the counts of npm test', () => {
  it('end with exactly one line, which says of skipped tests only when there are any', () => {
    expect(closing({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(closing({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
  });

  it('are read back from that line and from no other', () => {
    const parse = (line: string) => callInModule('tally.mjs', 'parseClosingLine', line);

    expect(parse('12 passed, 1 failed, 3 skipped\n')).toMatchObject({ passed: 12, failed: 1, skipped: 3 });
    expect(parse('== unit: 12 passed, 1 failed in 3 s')).toBeNull();
  });

  it('name what failed and what was skipped, and count a file that could not be run', () => {
    const report = {
      testResults: [
        {
          name: '/repository/a.spec.ts',
          status: 'failed',
          assertionResults: [test('passed', 'is'), test('failed', 'is not'), test('pending', 'might')],
        },
        { name: '/repository/b.spec.ts', status: 'failed', assertionResults: [] },
      ],
    };

    expect(callInModule('jest-report.mjs', 'tallyOfJestReport', report, '/repository')).toEqual({
      passed: 1,
      failed: 2,
      skipped: 1,
      failures: ['a.spec.ts: is not', 'b.spec.ts could not be run'],
      skips: ['a.spec.ts: might'],
    });
  });
});

describe('the stages of npm test', () => {
  const namesOf = (argv: readonly string[]) =>
    (callInModule('test-stages.mjs', 'chosenStages', argv) as { name: string }[]).map(({ name }) => name);

  it('all run unless some are chosen', () => {
    expect(namesOf([])).toEqual(['typecheck', 'lint', 'build', 'unit', 'e2e', 'live']);
    expect(namesOf(['--only', 'unit, e2e'])).toEqual(['unit', 'e2e']);
    expect(namesOf(['--only=lint'])).toEqual(['lint']);
  });

  it.each([[['--only', 'everything']], [['unit']], [['--only']]])('are refused with the known names for %j', (argv) => {
    expect(() => namesOf(argv)).toThrow('npm test [-- --only typecheck,lint,build,unit,e2e,live]');
  });
});
