import type { WorkerEndpoint } from '@interleave/worker-lifecycle';

const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

/** Where model-pool itself, on the same machine, reaches a worker. */
export function localUrl({ host, port }: WorkerEndpoint): string {
  return `http://${ANY_ADDRESS[host] ?? bracketed(host)}:${port}`;
}

/** Where gateways reach it: binding and advertised address differ where a network lies between. */
export function advertisedUrl(endpoint: WorkerEndpoint, advertisedHost: string | null): string {
  return advertisedHost === null ? localUrl(endpoint) : `http://${bracketed(advertisedHost)}:${endpoint.port}`;
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
