import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { shellEnvironment } from './shell-environment';

describe('an environment as a shell file', () => {
  it('leaves out what is no name of a variable', () => {
    expect(shellEnvironment({ 'A B': '1', '9': '2', 'X;rm': '3', OK: '4' })).toBe("OK='4'\n");
  });

  it('gives a shell exactly these values, whatever they hold', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'shell-environment-')), 'environment');
    const print = 'process.stdout.write(JSON.stringify(process.env))';
    const value = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(`'; exit 7; '`, '$(exit 7)', '`exit 7`', '\n\nexit 7\n', '\\', `'"'`, '${HOME}'),
    );
    // A few shells with many values each: starting one takes longer than all else.
    fc.assert(
      fc.property(fc.array(value, { minLength: 30, maxLength: 60 }), (values) => {
        writeFileSync(file, shellEnvironment(Object.fromEntries(values.map((text, index) => [`V${index}`, text]))));
        const output = execFileSync('/bin/sh', ['-c', 'set -a; . "$0"; exec "$@"', file, process.execPath, '-e', print], {
          encoding: 'utf8',
        });
        const seen = JSON.parse(output) as Record<string, string>;
        expect(values.map((_, index) => seen[`V${index}`])).toEqual(values.map((text) => text.replaceAll('\0', '')));
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });
});
