import { dockerUnavailableReason } from './docker-unavailable-reason';

/**
 * A `describe` for specs that need a Docker engine. Without one it is skipped and says why; in CI (variable `CI` set) it fails instead,
 * because there a missing engine is a broken machine and not a reason to test less.
 */
export function describeWithDocker(name: string, body: () => void): void {
  const reason = dockerUnavailableReason();
  if (reason === null) {
    describe(name, body);
  } else if (process.env['CI']) {
    describe(name, () => {
      it('finds a Docker engine', () => {
        throw new Error(reason);
      });
    });
  } else {
    process.stderr.write(`skipped: "${name}". ${reason}\n`);
    describe.skip(name, body);
  }
}
