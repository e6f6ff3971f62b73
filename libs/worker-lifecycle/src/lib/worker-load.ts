import { readMetricSamples } from '@interleave/kernel';

/** What a worker's metrics say of it. */
export interface MeasuredLoad {
  readonly running: number;
  readonly waiting: number;
  /** 0…1; null where the engine doesn't say. */
  readonly kvCacheUse: number | null;
  /** Tokens of prompts so far, and those of them that the prefix cache had; null where the engine doesn't say. */
  readonly prefixCache: { readonly queries: number; readonly hits: number } | null;
  /** Its weights are out of the way: it serves nothing until it is woken. */
  readonly isAsleep: boolean;
}

/** Today's name first, then those of older versions. */
const NAMES = {
  running: ['vllm:num_requests_running'],
  waiting: ['vllm:num_requests_waiting'],
  kvCacheUse: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  queries: [
    'vllm:prefix_cache_queries_total',
    'vllm:prefix_cache_queries',
    'vllm:gpu_prefix_cache_queries_total',
    'vllm:gpu_prefix_cache_queries',
  ],
  hits: ['vllm:prefix_cache_hits_total', 'vllm:prefix_cache_hits', 'vllm:gpu_prefix_cache_hits_total', 'vllm:gpu_prefix_cache_hits'],
} as const;

const SLEEP_STATE = 'vllm:engine_sleep_state';

/** Reads vLLM's Prometheus metrics; several engines in one server are added up. Null if they aren't there. */
export function parseWorkerLoad(metrics: string): MeasuredLoad | null {
  const samples = new Map<string, number[]>();
  let isAsleep = false;
  for (const { name, labels, value } of readMetricSamples(metrics, 'vllm:')) {
    samples.set(name, [...(samples.get(name) ?? []), value]);
    if (name === SLEEP_STATE && value > 0 && !labels.includes('sleep_state="awake"')) isAsleep = true;
  }
  const valuesOf = (names: readonly string[]): readonly number[] => samples.get(names.find((name) => samples.has(name)) ?? '') ?? [];
  const running = valuesOf(NAMES.running);
  const kvCacheUse = valuesOf(NAMES.kvCacheUse);
  const queries = valuesOf(NAMES.queries);
  if (running.length === 0) return null;
  return {
    running: sum(running),
    waiting: sum(valuesOf(NAMES.waiting)),
    kvCacheUse: kvCacheUse.length === 0 ? null : Math.max(...kvCacheUse),
    prefixCache: queries.length === 0 ? null : { queries: sum(queries), hits: sum(valuesOf(NAMES.hits)) },
    isAsleep,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
