/** What a worker's metrics say of it. */
export interface MeasuredLoad {
  readonly running: number;
  readonly waiting: number;
  /** 0…1; null where the engine doesn't say. */
  readonly kvCacheUse: number | null;
}

const KV_CACHE_NAMES = ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'];

/** Reads vLLM's Prometheus metrics; several engines in one server are added up. Null if they aren't there. */
export function parseWorkerLoad(metrics: string): MeasuredLoad | null {
  const running: number[] = [];
  const waiting: number[] = [];
  const kvCacheUse: number[] = [];
  for (const line of metrics.split('\n')) {
    const match = /^(vllm:[a-z_]+)(?:\{[^}]*\})?\s+(\S+)/.exec(line);
    const value = Number(match?.[2]);
    if (!match || !Number.isFinite(value)) continue;
    const name = match[1] ?? '';
    if (name === 'vllm:num_requests_running') running.push(value);
    else if (name === 'vllm:num_requests_waiting') waiting.push(value);
    else if (KV_CACHE_NAMES.includes(name)) kvCacheUse.push(value);
  }
  if (running.length === 0) return null;
  return { running: sum(running), waiting: sum(waiting), kvCacheUse: kvCacheUse.length === 0 ? null : Math.max(...kvCacheUse) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
