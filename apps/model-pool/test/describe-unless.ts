/** A `describe` that is skipped, and says why, where something it needs is missing; in CI (variable `CI` set) it fails instead. */
export function describeUnless(missing: string | null, name: string, body: () => void): void {
  if (missing === null) return describe(name, body);
  if (process.env['CI']) {
    return describe(name, () => {
      it('finds what it needs', () => {
        throw new Error(missing);
      });
    });
  }
  process.stderr.write(`skipped: "${name}". ${missing}\n`);
  describe.skip(name, body);
}
