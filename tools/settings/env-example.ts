import {
  environmentNameOf,
  environmentOf,
  GatewaySettings,
  LlamaWorkerSettings,
  ModelPoolSettings,
  parametersOf,
  secretFileNameOf,
  ServiceSettings,
  ToolServerSettings,
} from '@interleave/settings';
import type { ParameterDefinition } from '@interleave/settings';

const HEAD = `# Every parameter with its default. Copy this file to .env and take the # away from what you change.
# A flag (npm start -- --max-turns 2) wins over the environment, the environment over this file.
# Lists are comma-separated or JSON arrays. Written by \`npm run env-example\` from libs/settings.
`;

/** What every service has, to be instantiated for its defaults. */
class CommonSettings extends ServiceSettings {}

const SECTIONS: readonly (readonly [title: string, settingsClass: new () => object])[] = [
  ['All services', CommonSettings],
  ['api-gateway', GatewaySettings],
  ['tool-server', ToolServerSettings],
  ['model-pool', ModelPoolSettings],
  ['llama-worker, where it is started by hand: model-pool sets these itself', LlamaWorkerSettings],
];

/** The text of `.env.example`: each name once, in the section of the first service that has it. */
export function envExample(): string {
  const listed = new Set<string>();
  const sections = SECTIONS.map(([title, settingsClass]) => {
    const defaults = environmentOf(settingsClass, new settingsClass());
    const own = parametersOf(settingsClass).filter(({ name }) => !listed.has(name));
    for (const { name } of own) listed.add(name);
    return [`\n# ${title}\n`, ...own.map((definition) => entry(definition, defaults[environmentNameOf(definition.name)] ?? ''))].join('\n');
  });
  return HEAD + sections.join('');
}

function entry({ name, description, isSecret }: ParameterDefinition, value: string): string {
  const secretNote = isSecret ? ` (secret; or a file: ${secretFileNameOf(name)})` : '';
  return `# ${description}${secretNote}\n#${environmentNameOf(name)}=${value === '[]' ? '' : value}\n`;
}
