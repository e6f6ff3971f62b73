import { environmentNameOf, flagOf } from '@interleave/settings';
import { allParameters } from './start-settings';

/** Every parameter, by flag and by environment name. */
export function helpText(): string {
  const rows = allParameters().map(({ name, kind, description, isSecret }) => {
    const flag = isSecret
      ? '(environment only)'
      : `${flagOf(name)}${kind === 'boolean' ? '' : ` <${kind === 'list-or-file' ? 'list' : kind}>`}`;
    return `  ${flag.padEnd(42)} ${environmentNameOf(name).padEnd(30)} ${description}`;
  });
  return `npm start -- [parameters]

Every parameter is a flag, an environment variable, or a line of the file .env, in this order of precedence.
--host and --port mean --api-host and --api-port. Underscores in flags are accepted.

${rows.join('\n')}
`;
}
