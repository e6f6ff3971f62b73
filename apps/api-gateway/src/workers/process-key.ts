import type { WorkerRow } from '@interleave/contracts';

/** Differs for every process of every worker: another one may be another server, or serve another model, under the same name. */
export function processKeyOf({ id, url, restarts }: WorkerRow): string {
  return `${id} ${url} ${restarts}`;
}
