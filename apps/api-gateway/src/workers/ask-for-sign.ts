import type { WorkerRow } from '@interleave/contracts';
import { within } from '@interleave/platform';
import type { WorkerMetrics, WorkerSign } from '@interleave/worker-routing';
import type { HttpTransport } from '../http/http-connections';
import { VllmClient } from './vllm-client';

const PROBE_TIMEOUT_MS = 2000;

/** Whether a worker is there, and what it says that it does. Never throws. */
export async function askForSign(worker: WorkerRow, transport: HttpTransport): Promise<WorkerSign> {
  const client = new VllmClient({ url: worker.url, apiKey: worker.api_key }, transport);
  try {
    if (!(await within(PROBE_TIMEOUT_MS, NEVER, (signal) => client.isHealthy(signal)))) return { kind: 'unhealthy' };
  } catch (_unreachable) {
    return { kind: 'no-answer' };
  }
  return { kind: 'healthy', metrics: await metricsOf(client, NEVER) };
}

/** Null where they can't be had: a worker need not have any. */
export async function metricsOf(client: VllmClient, outer: AbortSignal): Promise<WorkerMetrics | null> {
  try {
    return await within(PROBE_TIMEOUT_MS, outer, (signal) => client.metrics(signal));
  } catch (_unreadable) {
    return null;
  }
}

const NEVER = new AbortController().signal;
