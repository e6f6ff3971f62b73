import { setTimeout as delay } from 'node:timers/promises';
import { Services } from '../harness/services';
import { isInterrupted } from '../harness/cleanup';
import { takeCensus } from './host-census';
import { inTurns } from './in-turns';
import { claimNoContainers, claimNothingLeaked } from './leak-check';
import type { SoakReport } from './soak-report';
import { untidySession } from './untidy-session';

const WARM_UP_SESSIONS = 50;
const TELL_EVERY = 500;
const MAX_WRONG = 100;
const SETTLE_MS = 3000;

/** Thousands of sessions one after another, each of which leaves all that it can: nothing of them may be there in the end. */
export async function soakSessions(
  report: SoakReport,
  { sessions, inFlight }: { readonly sessions: number; readonly inFlight: number },
): Promise<void> {
  report.say(`\n${sessions} sessions, ${inFlight} at once, each with files, shared memory and background processes`);
  const atFirst = await takeCensus(null);
  const services = new Services((line) => report.progress(line));
  const wrong: string[] = [];
  let instance: string | null | undefined;
  try {
    const warm = inFlight + Math.ceil(inFlight / 2);
    const server = await services.startToolServer({ warm });
    ({ instance } = await server.ready());
    const run = async (place: number): Promise<void> => {
      const problem = await untidySession(server, place).catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      if (problem !== null) wrong.push(problem);
      if (wrong.length > MAX_WRONG) throw new Error(`given up after ${wrong.length} wrong answers; first: ${wrong[0]}`);
    };
    await inTurns(Math.min(WARM_UP_SESSIONS, sessions), inFlight, run);
    await server.untilWarm(warm);
    const before = await takeCensus(server);
    const startMs = performance.now();
    let done = 0;
    await inTurns(sessions, inFlight, async (place) => {
      await run(place);
      done += 1;
      if (done % TELL_EVERY === 0)
        report.progress(`  sessions: ${done} of ${sessions}, ${rate(done, startMs)} per second, ${wrong.length} wrong`);
    });
    if (isInterrupted()) return;
    const perSecond = rate(sessions, startMs);
    await server.untilWarm(warm);
    const after = await takeCensus(server);
    report.figure('sessions', { sessions, in_flight: inFlight, per_second: perSecond, wrong: wrong.length, before, after });
    report.say(`  ${perSecond} sessions per second`);
    report.claim(
      'sessions',
      'every answer is right, and nobody finds anything of others',
      wrong.length === 0,
      `${wrong.length} of ${sessions} wrong${wrong[0] ? `; first: ${wrong[0]}` : ''}`,
    );
    claimNothingLeaked(report, 'sessions', 'while it runs', before, after);
  } finally {
    await services.stop();
  }
  if (isInterrupted()) return;
  await delay(SETTLE_MS);
  await claimNoContainers(report, 'sessions', instance);
  const atLast = await takeCensus(null);
  report.figure('sessions_host', { before: atFirst, after: atLast });
  claimNothingLeaked(report, 'sessions', 'after its end', atFirst, atLast);
}

function rate(count: number, startMs: number): number {
  return Math.round((count * 10_000) / (performance.now() - startMs)) / 10;
}
