/** What one measurement found. Times in milliseconds. */
export interface Measurement {
  readonly clients: number;
  readonly count: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p95: number;
  readonly mean: number;
  readonly perSecond: number;
}

export interface Load {
  readonly clients: number;
  readonly seconds: number;
  /** Makes a client; what it returns is called again and again, and each call is timed. */
  readonly client: () => Promise<{ readonly call: () => Promise<void>; readonly close?: () => Promise<void> }>;
}

const WARM_UP_MS = 1_000;
const MIN_WARM_UP_CALLS = 2;

/** A closed loop: every client calls, waits for the answer and calls again, until the time is over. The first call that fails ends it all. */
export async function measure({ clients, seconds, client }: Load): Promise<Measurement> {
  const members = await Promise.all(Array.from({ length: clients }, client));
  try {
    await Promise.all(members.map(({ call }) => callUntil(performance.now() + WARM_UP_MS, call, MIN_WARM_UP_CALLS)));
    const startMs = performance.now();
    const times = (await Promise.all(members.map(({ call }) => callUntil(startMs + seconds * 1000, call, 1)))).flat();
    const elapsedSeconds = (performance.now() - startMs) / 1000;
    return {
      clients,
      count: times.length,
      seconds: elapsedSeconds,
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      mean: times.reduce((sum, time) => sum + time, 0) / times.length,
      perSecond: times.length / elapsedSeconds,
    };
  } finally {
    await Promise.all(members.map(({ close }) => close?.()));
  }
}

async function callUntil(endMs: number, call: () => Promise<void>, minCalls: number): Promise<number[]> {
  const times: number[] = [];
  while (performance.now() < endMs || times.length < minCalls) {
    const startMs = performance.now();
    await call();
    times.push(performance.now() - startMs);
  }
  return times;
}

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
