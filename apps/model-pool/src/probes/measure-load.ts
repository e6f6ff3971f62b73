import { parseWorkerLoad } from '@interleave/worker-lifecycle';
import type { MeasuredLoad } from '@interleave/worker-lifecycle';
import type { AxiosInstance } from 'axios';

/** What the worker's metrics say of its load; null if they don't, or it doesn't answer: probes tell what that means. */
export async function measureLoad(http: AxiosInstance, signal: AbortSignal): Promise<MeasuredLoad | null> {
  try {
    const { status, data } = await http.get<unknown>('/metrics', { signal, responseType: 'text' });
    return status === 200 && typeof data === 'string' ? parseWorkerLoad(data) : null;
  } catch (_unreachable) {
    return null;
  }
}
