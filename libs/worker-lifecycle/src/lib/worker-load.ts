import { readMetricSamples } from '@interleave/kernel';
import type { SleepLevel } from './worker-state';

/** What a worker's metrics say of it. */
export interface MeasuredLoad {
  readonly running: number;
  readonly waiting: number;
  /** 0…1; null where the engine doesn't say. */
  readonly kvCacheUse: number | null;
  /** Tokens of prompts so far, and those of them that the prefix cache had; null where the engine doesn't say. */
  readonly prefixCache: { readonly queries: number; readonly hits: number } | null;
  /** It serves nothing until it is woken; null while it is awake, and where the engine doesn't say. */
  readonly sleepLevel: SleepLevel | null;
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
  const sleepStates = new Set<string>();
  for (const { name, labels, value } of readMetricSamples(metrics, 'vllm:')) {
    samples.set(name, [...(samples.get(name) ?? []), value]);
    const sleepState = name === SLEEP_STATE ? /sleep_state="(\w+)"/.exec(labels)?.[1] : undefined;
    if (sleepState !== undefined) sleepStates.add(`${sleepState}=${value > 0}`);
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
    sleepLevel: sleepLevelOf(sleepStates),
  };
}

/** An engine whose scheduling alone is paused (vLLM's level 0) is in no state at all, and wakes as from level 1. */
function sleepLevelOf(states: ReadonlySet<string>): SleepLevel | null {
  if (states.has('discard_all=true')) return 2;
  return states.has('weights_offloaded=true') || states.has('awake=false') ? 1 : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
