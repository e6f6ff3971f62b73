import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentNameOf, GatewaySettings, ModelPoolSettings, parametersOf, ToolServerSettings } from '@interleave/settings';

const compose = readFileSync(join(__dirname, '../../docker/compose.yaml'), 'utf8');

/** Environment names of one service: those of its own and those that all share. */
function namesIn(service: string): Set<string> {
  const block = new RegExp(`^  ${service}:\\n(?:    .*\\n|\\n)*`, 'm').exec(compose)?.[0] ?? '';
  const common = /^x-common-environment:.*\n(?: {2}.*\n)*/m.exec(compose)?.[0] ?? '';
  return new Set([...`${block}${common}`.matchAll(/^ {2,6}([A-Z][A-Z_]+):/gm)].map(([, name]) => name ?? ''));
}

/** Of workers that are containers of their own: model-pool in a container has no engine to ask for them. */
const OF_CONTAINERS = ['LAUNCHER', 'WORKER_IMAGE', 'WORKER_USER', 'WORKER_SHARED_MEMORY', 'WORKER_CACHE', 'WORKER_ENVIRONMENT'];

/** Here the workers' network leads nowhere; `compose.gpu.yaml`, where models are downloaded, hands them on. */
const OF_DOWNLOADS = ['HF_ENDPOINT', 'HF_HOME', 'HF_HUB_CACHE', 'HF_HUB_OFFLINE', 'HF_TOKEN'];

/** Not for a person to set in a container: the token comes from a volume, and these services are not for clients. */
const WITHHELD = {
  'api-gateway': ['SERVICE_TOKEN', 'API_PORT', 'WORKER_URLS', 'EXTERNAL_WORKER_KEY'],
  'tool-server': ['SERVICE_TOKEN', 'ALLOW_ANONYMOUS'],
  'model-pool': ['SERVICE_TOKEN', 'ALLOW_ANONYMOUS', ...OF_CONTAINERS, ...OF_DOWNLOADS],
};

describe('docker/compose.yaml', () => {
  it.each([
    ['api-gateway', GatewaySettings],
    ['tool-server', ToolServerSettings],
    ['model-pool', ModelPoolSettings],
  ] as const)('hands every parameter of %s on, or says why not', (service, settingsClass) => {
    const known = parametersOf(settingsClass).map(({ name }) => environmentNameOf(name));
    const handedOn = namesIn(service);

    expect(known.filter((name) => !handedOn.has(name)).sort()).toEqual([...WITHHELD[service]].sort());
    expect([...handedOn].filter((name) => !known.includes(name))).toEqual(['SERVICE_TOKEN_FILE']);
  });
});
