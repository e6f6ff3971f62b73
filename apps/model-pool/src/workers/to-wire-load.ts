import type { WorkerLoad } from '@interleave/contracts';
import type { MeasuredLoad } from '@interleave/worker-lifecycle';

/** Thousandths are enough for choosing a worker, and keep the table still while the cache breathes. */
export function toWireLoad({ running, waiting, kvCacheUse, prefixCache, sleepLevel }: MeasuredLoad): WorkerLoad {
  return {
    running,
    waiting,
    kv_cache_use: kvCacheUse === null ? null : thousandths(kvCacheUse),
    prefix_hit_rate: prefixCache === null || prefixCache.queries === 0 ? null : thousandths(prefixCache.hits / prefixCache.queries),
    is_asleep: sleepLevel !== null,
  };
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
