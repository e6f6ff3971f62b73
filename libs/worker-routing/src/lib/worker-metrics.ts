import { readMetricSamples } from '@interleave/kernel';

/** What a worker says of itself in its metrics. */
export interface WorkerMetrics {
  readonly running: number;
  readonly waiting: number;
  /** 0…1; null where the engine doesn't say. */
  readonly kvCacheUse: number | null;
  /** Prompt tokens computed and tokens generated since it started; null where it doesn't say. Standing still means that it does nothing. */
  readonly tokens: number | null;
  /** Somebody put it to sleep: what comes waits until it is woken. */
  readonly isAsleep: boolean;
}

const NAMES = {
  running: ['vllm:num_requests_running'],
  waiting: ['vllm:num_requests_waiting'],
  kvCacheUse: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  tokens: ['vllm:prompt_tokens_total', 'vllm:generation_tokens_total'],
} as const;

const SLEEP_STATE = 'vllm:engine_sleep_state';

/** Reads vLLM's Prometheus metrics; several engines in one server are added up. Null where they are none. */
export function parseWorkerMetrics(text: string): WorkerMetrics | null {
  const samples = readMetricSamples(text, 'vllm:');
  const of = (names: readonly string[]): number[] => samples.flatMap(({ name, value }) => (names.includes(name) ? [value] : []));
  const [running, waiting, kvCacheUse, tokens] = [of(NAMES.running), of(NAMES.waiting), of(NAMES.kvCacheUse), of(NAMES.tokens)];
  if (running.length === 0) return null;
  return {
    running: sum(running),
    waiting: sum(waiting),
    kvCacheUse: kvCacheUse.length === 0 ? null : Math.max(...kvCacheUse),
    tokens: tokens.length === 0 ? null : sum(tokens),
    isAsleep: samples.some(({ name, labels, value }) => name === SLEEP_STATE && value === 0 && labels.includes('sleep_state="awake"')),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
