import type { WorkerLoad } from '@interleave/contracts';
import type { MeasuredLoad } from '@interleave/worker-lifecycle';

/** Thousandths are enough for choosing a worker, and keep the table still while the cache breathes. */
export function toWireLoad({ running, waiting, kvCacheUse }: MeasuredLoad): WorkerLoad {
  return { running, waiting, kv_cache_use: kvCacheUse === null ? null : Math.round(kvCacheUse * 1000) / 1000 };
}
