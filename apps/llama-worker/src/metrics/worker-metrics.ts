import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EngineObserver } from '../engine/engine-observer';

const SECONDS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5, 10, 20, 40, 80, 160, 320, 640];
const LABELS = ['model_name', 'engine'];

/** The engine in vLLM's metrics, so that whoever reads those of vLLM reads these. */
export class WorkerMetrics implements EngineObserver {
  private readonly labels: { readonly model_name: string; readonly engine: string };
  private readonly promptTokens: Counter;
  private readonly generatedTokens: Counter;
  private readonly prefixQueries: Counter;
  private readonly prefixHits: Counter;
  private readonly successes: Counter;
  private readonly queueTime: Histogram;
  private readonly timeToFirstToken: Histogram;
  private readonly latency: Histogram;
  private readonly answerLength: Histogram;

  constructor(
    private readonly registry: Registry,
    modelName: string,
  ) {
    this.labels = { model_name: modelName, engine: '0' };
    this.promptTokens = this.counter('prompt_tokens', 'Prompt tokens processed.');
    this.generatedTokens = this.counter('generation_tokens', 'Tokens generated.');
    this.prefixQueries = this.counter('prefix_cache_queries', 'Prompt tokens looked up in the prefix cache.');
    this.prefixHits = this.counter('prefix_cache_hits', 'Prompt tokens found in the prefix cache.');
    this.successes = this.counter('request_success', 'Finished requests.', ['finished_reason']);
    this.queueTime = this.histogram('request_queue_time_seconds', 'Time that requests waited for a sequence.', SECONDS);
    this.timeToFirstToken = this.histogram('time_to_first_token_seconds', 'Time to the first token.', SECONDS);
    this.latency = this.histogram('e2e_request_latency_seconds', 'Time of a request from start to end.', SECONDS);
    this.answerLength = this.histogram('request_generation_tokens', 'Tokens of an answer.', [1, 4, 16, 64, 256, 1024, 4096, 16384]);
    for (const reason of ['stop', 'length', 'abort', 'error']) this.successes.inc({ ...this.labels, finished_reason: reason }, 0);
  }

  /** Numbers that are read when somebody looks. */
  watch(read: () => { readonly running: number; readonly waiting: number; readonly cacheUse: number }): void {
    this.gauge('num_requests_running', 'Requests in the batch.', () => read().running);
    this.gauge('num_requests_waiting', 'Requests waiting for a sequence.', () => read().waiting);
    this.gauge('kv_cache_usage_perc', 'Share of the cache in use, 0 to 1.', () => read().cacheUse);
  }

  promptStarted(promptTokens: number, cachedTokens: number, queuedMs: number): void {
    this.promptTokens.inc(this.labels, promptTokens);
    this.prefixQueries.inc(this.labels, promptTokens);
    this.prefixHits.inc(this.labels, cachedTokens);
    this.queueTime.observe(this.labels, queuedMs / 1000);
  }

  firstToken(afterMs: number): void {
    this.timeToFirstToken.observe(this.labels, afterMs / 1000);
  }

  tokenGenerated(): void {
    this.generatedTokens.inc(this.labels);
  }

  finished({ reason, totalMs, generatedTokens }: Parameters<EngineObserver['finished']>[0]): void {
    this.successes.inc({ ...this.labels, finished_reason: reason });
    this.latency.observe(this.labels, totalMs / 1000);
    this.answerLength.observe(this.labels, generatedTokens);
  }

  private counter(name: string, help: string, labels: readonly string[] = []): Counter {
    const counter = new Counter({ name: `vllm:${name}_total`, help, labelNames: [...LABELS, ...labels], registers: [this.registry] });
    if (labels.length === 0) counter.inc(this.labels, 0);
    return counter;
  }

  private histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    return new Histogram({ name: `vllm:${name}`, help, labelNames: LABELS, buckets: [...buckets], registers: [this.registry] });
  }

  private gauge(name: string, help: string, read: () => number): void {
    const { labels } = this;
    new Gauge({
      name: `vllm:${name}`,
      help,
      labelNames: LABELS,
      registers: [this.registry],
      collect() {
        this.set(labels, read());
      },
    });
  }
}
