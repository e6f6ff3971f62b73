import { setTimeout as delay } from 'node:timers/promises';
import type { Capabilities } from '@interleave/contracts';
import { HttpClient } from '../harness/http-client';
import { isInterrupted } from '../harness/cleanup';
import type { RunningToolServer } from '../harness/running-tool-server';
import { ContainerCounters, shimBytes } from '../harness/sandbox-containers';
import { Services } from '../harness/services';
import { takeCensus } from './host-census';
import { inTurns } from './in-turns';
import { claimNoContainers, claimNothingLeaked } from './leak-check';
import { median } from '../bench/statistics';
import type { SoakReport } from './soak-report';
import { StatefulSession } from './stateful-session';

/** Openings at once, so many as the engine is asked for containers anyway. */
const OPEN_AT_ONCE = 4;
const CHECK_AT_ONCE = 8;
/** So long the waiting ones wait before the first live one ends. */
const HOLD_MS = 3000;
const SETTLE_MS = 5000;
const MIB = 2 ** 20;

export interface LiveOptions {
  readonly live: number;
  readonly waiting: number;
}

/** As many live sessions as fit, each holding state, while a crowd waits for their places. */
export async function soakLiveSessions(report: SoakReport, options: LiveOptions): Promise<void> {
  const atFirst = await takeCensus(null);
  const services = new Services((line) => report.progress(line));
  let instance: string | null | undefined;
  try {
    const server = await services.startToolServer({ warm: Math.min(4, options.live || 4), maxSessions: options.live });
    ({ instance } = await server.ready());
    const http = new HttpClient(server.url, server.token);
    const { sessions } = await http.json<Capabilities>('GET', '/v1/capabilities');
    await http.close();
    await holdAndQueue(report, server, { live: sessions.max, waiting: options.waiting, availableAtFirst: atFirst.available_mib });
  } finally {
    await services.stop();
  }
  if (isInterrupted()) return;
  await delay(SETTLE_MS);
  await claimNoContainers(report, 'live', instance);
  const atLast = await takeCensus(null);
  report.figure('live_host', { before: atFirst, after: atLast });
  claimNothingLeaked(report, 'live', 'after its end', atFirst, atLast);
}

async function holdAndQueue(
  report: SoakReport,
  server: RunningToolServer,
  { live, waiting, availableAtFirst }: LiveOptions & { readonly availableAtFirst: number | null },
): Promise<void> {
  report.say(`\n${live} live sessions that hold numpy state, ${waiting} more that wait for their places`);
  const held: StatefulSession[] = [];
  const startMs = performance.now();
  await inTurns(live, OPEN_AT_ONCE, async (place) => {
    held.push(await StatefulSession.open(server, place));
    if (held.length % 20 === 0) report.progress(`  live: ${held.length} of ${live}`);
  });
  if (isInterrupted()) return;
  report.say(`  all ${live} live after ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  await tellMemory(report, server, availableAtFirst, live);

  const wrong: string[] = [];
  const crowd = Array.from({ length: waiting }, async (_, place) => {
    const session = await StatefulSession.open(server, live + place);
    const problem = await session.problem();
    if (problem !== null) wrong.push(problem);
    await session.close();
    return session;
  });
  const served = Promise.allSettled(crowd);
  await delay(HOLD_MS);
  await inTurns(held.length, CHECK_AT_ONCE, async (place) => {
    const session = held[place];
    const problem = (await session?.problem()) ?? null;
    if (problem !== null) wrong.push(problem);
    await session?.close();
  });
  const settled = await served;
  if (isInterrupted()) return;
  const lost = settled.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  const got = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const waits = got.map(({ waitedMs }) => waitedMs).sort((a, b) => a - b);
  const refusals = got.reduce((sum, { refusals: count }) => sum + count, 0);
  report.figure('live', {
    live,
    waiting,
    served: got.length,
    refusals,
    lost: lost.slice(0, 5),
    wait_median_ms: median(waits),
    wait_longest_ms: waits.at(-1),
    wrong: wrong.length,
  });
  report.say(
    `  waited ${(median(waits) / 1000).toFixed(1)} s by median, ${((waits.at(-1) ?? 0) / 1000).toFixed(1)} s at most; ${refusals} times told to come back (503, retry-after)`,
  );
  report.claim(
    'live',
    'everyone who waited was served in the end',
    lost.length === 0,
    `${got.length} of ${waiting}${lost[0] ? `; first: ${lost[0]}` : ''}`,
  );
  report.claim(
    'live',
    'every answer is right',
    wrong.length === 0,
    `${wrong.length} of ${live + waiting} wrong${wrong[0] ? `; first: ${wrong[0]}` : ''}`,
  );
}

async function tellMemory(report: SoakReport, server: RunningToolServer, availableAtFirst: number | null, live: number): Promise<void> {
  const containers = await server.containers();
  const counters = containers.map((container) => new ContainerCounters(container));
  const each = (of: (counter: ContainerCounters) => number | null) => median(counters.map(of).filter((bytes) => bytes !== null)) / MIB;
  const { available_mib: available, foreign_shims: others, server: process } = await takeCensus(server);
  const ofMachine =
    availableAtFirst === null || available === null || others > 0
      ? null
      : (availableAtFirst - available - (process?.resident_mib ?? 0)) / live;
  const figures = {
    containers: containers.length,
    cgroup_mib: each((counter) => counter.memoryBytes()),
    anonymous_mib: each((counter) => counter.anonymousBytes()),
    shim_mib: shimBytes(containers) / containers.length / MIB,
    of_machine_mib: ofMachine,
    server_resident_mib: process?.resident_mib ?? null,
  };
  report.figure('memory_per_session', figures);
  const text = (value: number | null) => (value === null ? '? (others have containers)' : value.toFixed(1));
  report.say(
    `  memory of a session, MiB: ${text(figures.of_machine_mib)} of the machine; control group ${text(figures.cgroup_mib)} ` +
      `(anonymous ${text(figures.anonymous_mib)}), shim ${text(figures.shim_mib)} resident; ${containers.length} containers, tool server ${figures.server_resident_mib} in all`,
  );
}
