import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '@interleave/platform';
import type { WorkerRow } from '@interleave/contracts';
import type { HttpTransport } from '../http/http-connections';
import { metricsOf } from './ask-for-sign';
import { VllmClient } from './vllm-client';
import type { WorkerDirectory } from './worker-directory';

const PROBE_INTERVAL_MS = 2000;
const PROBE_TIMEOUT_MS = 2000;

/** Keeps the directory up to date from workers that someone else runs: each is asked what it serves, again and again. */
export async function followStaticWorkers(
  directory: WorkerDirectory,
  urls: readonly string[],
  apiKey: string | null,
  transport: HttpTransport,
  signal: AbortSignal,
): Promise<void> {
  let rows: readonly WorkerRow[] = urls.map((url, index) => unknownWorker(url, index, apiKey));
  for (let revision = 1; !signal.aborted; revision += 1) {
    rows = await Promise.all(rows.map((row) => probe(row, transport, signal)));
    directory.replace({ revision, workers: rows });
    await sleep(PROBE_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function unknownWorker(url: string, index: number, apiKey: string | null): WorkerRow {
  return {
    id: `static-${index}`,
    deployment: 'static',
    served_names: [],
    url: url.replace(/\/(?:v1\/?)?$/, ''),
    api_key: apiKey,
    engine: 'external',
    status: 'starting',
    max_model_len: null,
    max_running: null,
    devices: [],
    restarts: 0,
    error: null,
    load: null,
  };
}

async function probe(row: WorkerRow, transport: HttpTransport, signal: AbortSignal): Promise<WorkerRow> {
  try {
    const client = new VllmClient({ url: row.url, apiKey: row.api_key }, transport);
    const cards = await within(PROBE_TIMEOUT_MS, signal, (bounded) => client.models(bounded));
    const metrics = await metricsOf(client, signal);
    return {
      ...row,
      status: metrics?.isAsleep ? 'asleep' : 'ready',
      served_names: cards.map(({ id }) => id),
      max_model_len: cards[0]?.max_model_len ?? null,
      max_running: cards[0]?.max_running ?? null,
      error: null,
      load: metrics && { running: metrics.running, waiting: metrics.waiting, kv_cache_use: metrics.kvCacheUse },
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...row, status: row.status === 'starting' ? 'starting' : 'backoff', error: `${row.url} does not answer: ${message}` };
  }
}
