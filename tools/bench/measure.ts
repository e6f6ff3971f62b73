import { isInterrupted } from '../harness/cleanup';
import type { CpuTimes } from './cpu-meter';
import { perCall } from './cpu-meter';
import { median, quantile } from './statistics';

/** What one measurement found. Times in milliseconds. */
export interface Measurement {
  readonly clients: number;
  readonly count: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  readonly perSecond: number;
  /** Calls that were not answered as they should have been, and what they said. */
  readonly failures: number;
  readonly firstFailures: readonly string[];
  /** CPU time per call, in milliseconds; null where nothing was metered. */
  readonly cpu: CpuTimes | null;
  /** Medians of what a call consists of, where it says. */
  readonly parts: Readonly<Record<string, number>>;
}

/** What a call may say of itself: the time that counts where that is not all of it, and what it consists of. */
export interface Timed {
  readonly ms?: number;
  readonly parts?: Readonly<Record<string, number>>;
}

export interface Client {
  readonly call: () => Promise<void | Timed>;
  readonly close?: () => Promise<unknown>;
}

export interface Load {
  readonly clients: number;
  readonly seconds: number;
  /** Makes a client; what it returns is called again and again, and each call is timed. */
  readonly client: (place: number) => Promise<Client>;
  readonly warmUpMs?: number;
  /** Between the calls of one client; not timed. */
  readonly thinkMs?: number;
  /** Counts failures instead of ending with the first. */
  readonly isCountingFailures?: boolean;
  readonly meter?: () => CpuTimes;
}

/** The raw times of a stretch of load; several make one measurement. */
export interface Sample {
  readonly clients: number;
  readonly seconds: number;
  readonly times: readonly number[];
  readonly parts: readonly Readonly<Record<string, number>>[];
  readonly failures: readonly string[];
  readonly cpu: CpuTimes | null;
}

const WARM_UP_MS = 500;
/** So many failures of one client in a row are no bad luck. */
const MAX_FAILURES_IN_A_ROW = 20;

/** A closed loop: every client calls, waits for the answer and calls again, until the time is over. */
export async function sample(load: Load): Promise<Sample> {
  const { clients, seconds, client, warmUpMs = WARM_UP_MS, meter } = load;
  const members = await allOrNone(Array.from({ length: clients }, (_, place) => client(place)));
  try {
    await Promise.all(members.map(({ call }) => callUntil(performance.now() + warmUpMs, call, load)));
    const before = meter?.() ?? null;
    const startMs = performance.now();
    const ran = await Promise.all(members.map(({ call }) => callUntil(startMs + seconds * 1000, call, load)));
    const times = ran.flatMap((member) => member.times);
    const after = meter?.() ?? null;
    return {
      clients,
      seconds: (performance.now() - startMs) / 1000,
      times,
      parts: ran.flatMap((member) => member.parts),
      failures: ran.flatMap((member) => member.failures),
      cpu: before && after && perCall(before, after, times.length),
    };
  } finally {
    await Promise.all(members.map(({ close }) => close?.()));
  }
}

/** Rounds made one: of every figure the median, so that one disturbed round doesn't show. */
export function summarise(samples: readonly Sample[]): Measurement {
  const sorted = samples.map(({ times }) => [...times].sort((a, b) => a - b));
  const failures = samples.flatMap((part) => part.failures);
  const ofRounds = (figure: (times: readonly number[], part: Sample) => number) =>
    median(samples.map((part, round) => figure(sorted[round] ?? [], part)));
  const cpus = samples.flatMap(({ cpu }) => (cpu === null ? [] : [cpu]));
  const partNames = Object.keys(samples[0]?.parts[0] ?? {});
  return {
    clients: samples[0]?.clients ?? 0,
    count: sorted.reduce((sum, times) => sum + times.length, 0),
    seconds: samples.reduce((sum, part) => sum + part.seconds, 0),
    rounds: samples.length,
    p50: ofRounds((times) => quantile(times, 0.5)),
    p95: ofRounds((times) => quantile(times, 0.95)),
    p99: ofRounds((times) => quantile(times, 0.99)),
    mean: ofRounds((times) => times.reduce((sum, time) => sum + time, 0) / times.length),
    perSecond: ofRounds((times, part) => times.length / part.seconds),
    failures: failures.length,
    firstFailures: failures.slice(0, 3),
    cpu: cpus.length === 0 ? null : medianOfCpu(cpus),
    parts: Object.fromEntries(
      partNames.map((name) => [name, ofRounds((_, { parts }) => median(parts.map((part) => part[name] ?? Number.NaN)))]),
    ),
  };
}

/** One stretch whose calls were timed elsewhere. */
export function ofTimes(
  times: readonly number[],
  { clients, seconds, failures = [] }: Pick<Sample, 'clients' | 'seconds'> & Partial<Pick<Sample, 'failures'>>,
): Measurement {
  return summarise([{ clients, seconds, times, parts: [], failures, cpu: null }]);
}

interface Ran {
  readonly times: number[];
  readonly parts: Readonly<Record<string, number>>[];
  readonly failures: string[];
}

async function callUntil(endMs: number, call: Client['call'], { thinkMs = 0, isCountingFailures = false }: Load): Promise<Ran> {
  const ran: Ran = { times: [], parts: [], failures: [] };
  let failuresInARow = 0;
  do {
    const startMs = performance.now();
    try {
      const said = await call();
      ran.times.push(said?.ms ?? performance.now() - startMs);
      if (said?.parts) ran.parts.push(said.parts);
      failuresInARow = 0;
    } catch (error) {
      failuresInARow += 1;
      if (!isCountingFailures || failuresInARow >= MAX_FAILURES_IN_A_ROW) throw error;
      ran.failures.push(error instanceof Error ? error.message : String(error));
    }
    if (thinkMs > 0) await new Promise((resolve) => setTimeout(resolve, thinkMs));
  } while (performance.now() < endMs && !isInterrupted());
  return ran;
}

/** All clients; where one can't be made, the others are closed again. */
async function allOrNone(making: readonly Promise<Client>[]): Promise<Client[]> {
  const settled = await Promise.allSettled(making);
  const made = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.find((result) => result.status === 'rejected');
  if (!failed) return made;
  await Promise.allSettled(made.map(({ close }) => close?.()));
  throw failed.reason;
}

function medianOfCpu(cpus: readonly CpuTimes[]): CpuTimes {
  const of = (key: keyof CpuTimes): number | null => {
    const known = cpus.flatMap((cpu) => (cpu[key] === null ? [] : [cpu[key]]));
    return known.length === 0 ? null : median(known);
  };
  return { server: of('server'), engine: of('engine'), python: of('python'), clients: of('clients') };
}
