/** Load that a test lets the fake claim, in place of what it really does. */
export interface ClaimedLoad {
  readonly running?: number;
  readonly waiting?: number;
  /** 0…1 */
  readonly kvCacheUse?: number;
}

/** vLLM's gauges of load in Prometheus' text form. */
export function renderMetrics(model: string, running: number, generatedTokens: number, claimed: ClaimedLoad): string {
  const gauges = [
    ['vllm:num_requests_running', 'Number of requests in model execution batches.', claimed.running ?? running],
    ['vllm:num_requests_waiting', 'Number of requests waiting to be processed.', claimed.waiting ?? 0],
    ['vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', claimed.kvCacheUse ?? 0],
  ] as const;
  const generated = `# TYPE vllm:generation_tokens counter\nvllm:generation_tokens_total{engine="0",model_name="${model}"} ${generatedTokens}\n`;
  return gauges
    .map(
      ([name, help, value]) =>
        `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}{engine="0",model_name="${model}"} ${value.toFixed(4)}\n`,
    )
    .join('')
    .concat(generated);
}
