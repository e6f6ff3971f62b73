import { quantile } from '../statistics';
import type { StreamTimes } from './read-stream';
import type { Quantiles, StreamReading } from './stream-plan';

/** What streams amount to. Those that failed are in `failures` alone. */
export function readingOf(
  streams: readonly StreamTimes[],
  failures: readonly string[],
  { allTokens, cpuMs }: Pick<StreamReading, 'allTokens' | 'cpuMs'>,
): StreamReading {
  const tokens = sum(streams.map((stream) => stream.tokens ?? 0));
  const durationsMs = sum(streams.map(({ startMs, endMs }) => endMs - startMs));
  const between = streams.flatMap(({ frameMs }) => frameMs.slice(1).map((ms, place) => ms - (frameMs[place] ?? ms)));
  const first = streams.flatMap(({ startMs, frameMs: [firstMs] }) => (firstMs === undefined ? [] : [firstMs - startMs]));
  const [from, to] = [Math.min(...streams.map(({ startMs }) => startMs)), Math.max(...streams.map(({ endMs }) => endMs))];
  return {
    streams: streams.length,
    tokens,
    allTokens,
    seconds: streams.length === 0 ? 0 : (to - from) / 1000,
    tokensPerSecond: durationsMs === 0 ? 0 : (tokens * streams.length * 1000) / durationsMs,
    betweenTokens: quantilesOf(between),
    firstToken: quantilesOf(first),
    cpuMs,
    failures: failures.slice(0, 20),
  };
}

function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((one, other) => one - other);
  const of = (share: number): number => quantile(sorted, share);
  return { p50: of(0.5), p95: of(0.95), p99: of(0.99), mean: sum(values) / values.length };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
