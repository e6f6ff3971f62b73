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

/** The raw times of a stretch of load; several make one measurement. */
export interface Sample {
  readonly clients: number;
  readonly seconds: number;
  readonly times: readonly number[];
}

const WARM_UP_MS = 500;

/** A closed loop: every client calls, waits for the answer and calls again, until the time is over. The first call that fails ends it all. */
export async function sample({ clients, seconds, client }: Load): Promise<Sample> {
  const members = await Promise.all(Array.from({ length: clients }, client));
  try {
    await Promise.all(members.map(({ call }) => callUntil(performance.now() + WARM_UP_MS, call)));
    const startMs = performance.now();
    const times = (await Promise.all(members.map(({ call }) => callUntil(startMs + seconds * 1000, call)))).flat();
    return { clients, seconds: (performance.now() - startMs) / 1000, times };
  } finally {
    await Promise.all(members.map(({ close }) => close?.()));
  }
}

export function summarise(samples: readonly Sample[]): Measurement {
  const times = samples.flatMap((part) => part.times).sort((a, b) => a - b);
  const seconds = samples.reduce((sum, part) => sum + part.seconds, 0);
  return {
    clients: samples[0]?.clients ?? 0,
    count: times.length,
    seconds,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    mean: times.reduce((sum, time) => sum + time, 0) / times.length,
    perSecond: times.length / seconds,
  };
}

async function callUntil(endMs: number, call: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  do {
    const startMs = performance.now();
    await call();
    times.push(performance.now() - startMs);
  } while (performance.now() < endMs);
  return times;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
