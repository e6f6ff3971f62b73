import { spawnSync } from 'node:child_process';

const ANSWER_TIMEOUT_MS = 5_000;
const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Asked in a process of its own, because `describe` can't wait for an answer. */
const PING = `
const host = process.argv[1];
const target = host.startsWith('unix://') ? { socketPath: host.slice(7) } : { host: new URL(host).hostname, port: new URL(host).port };
require('node:http')
  .get({ ...target, path: '/_ping' }, (response) => process.exit(response.statusCode === 200 ? 0 : 1))
  .on('error', (error) => { process.stderr.write(error.message); process.exit(1); });
`;

let known: string | null | undefined;

/** Why specs that need Docker can't run here, in a sentence; null if they can. Looks once per process. */
export function dockerUnavailableReason(): string | null {
  if (known === undefined) known = whyNoEngineAnswers(process.env['DOCKER_HOST'] || `unix://${DEFAULT_SOCKET}`);
  return known;
}

/** @param host as in DOCKER_HOST: `unix://…` or `tcp://…` */
export function whyNoEngineAnswers(host: string): string | null {
  const { error, status, stderr } = spawnSync(process.execPath, ['-e', PING, host], { encoding: 'utf8', timeout: ANSWER_TIMEOUT_MS });
  if (status === 0) return null;
  return `No Docker engine answers at ${host}: ${error?.message ?? (stderr.trim() || 'it says nothing')}.`;
}
