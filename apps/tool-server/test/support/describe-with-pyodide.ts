import { findPyodide } from '../../src/wasm/pyodide-package';

/** A `describe` for specs that need the optional package pyodide. Without it they are skipped and say why; in CI they fail instead. */
export function describeWithPyodide(name: string, body: () => void): void {
  if (findPyodide()) return describe(name, body);
  const reason = 'The optional package pyodide is not installed: run `npm ci`.';
  const ci = process.env['CI'];
  if (ci !== undefined && ci !== '' && ci !== 'false') {
    return describe(name, () => {
      it('finds pyodide', () => {
        throw new Error(reason);
      });
    });
  }
  process.stderr.write(`skipped: "${name}". ${reason}\n`);
  describe.skip(name, body);
}
