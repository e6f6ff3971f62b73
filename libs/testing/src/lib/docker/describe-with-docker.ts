import { dockerUnavailableReason } from './docker-unavailable-reason';

/**
 * A `describe` for specs that need a Docker engine. Without one it is skipped and says why; in CI (variable `CI` set) it fails instead,
 * because there a missing engine is a broken machine and not a reason to test less.
 */
export function describeWithDocker(name: string, body: () => void): void {
  const reason = dockerUnavailableReason();
  switch (planWithoutDocker(reason, process.env['CI'])) {
    case 'run':
      describe(name, body);
      break;
    case 'skip':
      process.stderr.write(`skipped: "${name}". ${reason}\n`);
      describe.skip(name, body);
      break;
    case 'fail':
      describe(name, () => {
        it('finds a Docker engine', () => {
          throw new Error(reason ?? '');
        });
      });
  }
}

/** @param ci value of the variable `CI` */
export function planWithoutDocker(reason: string | null, ci: string | undefined): 'run' | 'skip' | 'fail' {
  if (reason === null) return 'run';
  return ci === undefined || ci === '' || ci === 'false' ? 'skip' : 'fail';
}
