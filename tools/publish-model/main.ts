import { resolve } from 'node:path';
import { environmentNameOf, flagOf, loadSettings, parametersOf, selectedEnvironment } from '@interleave/settings';
import { runTool } from '../harness/run-tool';
import { publishModel } from './publish';
import { ENVIRONMENT_NAMES, PublishModelSettings } from './publish-model.settings';

const PATHS = ['localDir', 'hfModelPath', 'targetDir', 'stepRecords'] as const;

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) return void process.stdout.write(help());
  const environment = selectedEnvironment((name) => (ENVIRONMENT_NAMES as readonly string[]).includes(name));
  const settings = loadSettings(PublishModelSettings, { argv, environment });
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  await publishModel(withPaths(settings), say);
}

/** `npm run` runs in the repository: paths are meant from where it was called. */
function withPaths(settings: Readonly<PublishModelSettings>): PublishModelSettings {
  const folder = selectedEnvironment((name) => name === 'INIT_CWD')['INIT_CWD'] ?? process.cwd();
  const resolved = Object.assign(new PublishModelSettings(), settings);
  for (const name of PATHS) {
    const path = settings[name];
    if (path !== undefined) resolved[name] = resolve(folder, path);
  }
  return resolved;
}

function help(): string {
  const rows = parametersOf(PublishModelSettings).map(({ name, kind, description, isSecret }) => {
    const variable = environmentNameOf(name);
    const flag = isSecret ? `(environment: ${variable})` : `${flagOf(name)}${kind === 'boolean' ? '' : ` <${kind}>`}`;
    return `  ${flag.padEnd(30)} ${description}`;
  });
  return `npm run publish-model -- --local-dir CKPT/actor --target-dir OUT [--hf-upload-path org/name] [parameters]

Underscores in flags are accepted. ${ENVIRONMENT_NAMES.join(', ')} are read from the environment. See docs/publish-model.md.

${rows.join('\n')}
`;
}

void runTool('publish-model', main);
