import { setTimeout as sleep } from 'node:timers/promises';
import { FakeTokenizer } from '@interleave/testing';
import { isInterrupted } from '../../harness/cleanup';
import { HttpClient } from '../../harness/http-client';
import type { RunningToolServer } from '../../harness/running-tool-server';
import { Services } from '../../harness/services';
import { ToolCaller } from '../../harness/tool-caller';
import { ofTimes } from '../measure';
import { countOf } from '../report';
import type { Report } from '../report';
import { availableMib, budgetFor, sandboxRoom } from '../sandbox-room';
import { checkAnswer } from './check-answer';
import type { CheckedAnswer, SeenCall, TrajectoryAnswer } from './check-answer';
import { CASE_COUNT, KINDS, roundsOf, trajectoryCase } from './trajectory-cases';
import type { TrajectoryCase } from './trajectory-cases';
import { WatchedLoad } from './watched-load';

export interface RealisticOptions {
  /** At once. */
  readonly trajectories: number;
  /** After the warm-up. */
  readonly seconds: number;
}

const THINKING_SHARE = 0.95;
/** Tokens of one step, as with speculative decoding: so many frames a second as two cores can carry beside the sandboxes. */
const TOKENS_PER_STEP = 8;
/** Sandboxes beyond one for each trajectory: some are wiped while others serve. */
const SPARE = 16;
const CALIBRATION_ROUNDS = 2;
/** A trajectory may wait for that long at the gateway where there are fewer sandboxes than trajectories. */
const PATIENCE_SECONDS = 900;

/** One trajectory as its client saw it. */
interface Ran {
  readonly startMs: number;
  readonly endMs: number;
  readonly answer: CheckedAnswer | null;
  /** Why there is no answer. */
  readonly failure: string | null;
}

/** Many trajectories at once whose models think nearly all of the time, on real sandboxes: whether anybody waits too long, fails or gets what is another's. */
export async function benchRealistic(report: Report, { trajectories, seconds }: RealisticOptions): Promise<void> {
  const services = new Services((line) => report.progress(line));
  try {
    const availableBeforeMib = availableMib();
    const sandboxes = sandboxRoom(trajectories + SPARE);
    report.progress(`  starting a tool server with ${sandboxes} warm sandboxes`);
    const server = await services.startToolServer({ warm: sandboxes, environment: budgetFor(sandboxes) });
    const cases = Array.from({ length: CASE_COUNT }, (_, number) => trajectoryCase(number));
    const toolMs = await toolTimeOf(cases, server);
    const tokenizer = new FakeTokenizer();
    const tokens = mean(cases.map((each) => roundsOf(each).reduce((sum, round) => sum + tokenizer.encode(round).length, 0)));
    const modelMs = (toolMs * THINKING_SHARE) / (1 - THINKING_SHARE);
    report.progress(
      `  a trajectory's tools take ${toolMs.toFixed(0)} ms, so its model takes ${(modelMs / 1000).toFixed(1)} s for ${tokens.toFixed(0)} tokens`,
    );
    const script = {
      cases: cases.map((each) => ({
        text: each.question,
        rounds: roundsOf(each).map((text) => ({ text, tokensPerStep: TOKENS_PER_STEP })),
      })),
    };
    const engine = await services.startScriptedVllm(script, ['--tokens-per-second', String((tokens * 1000) / modelMs)]);
    const gateway = await services.startGateway(engine.url, server.url, {
      MAX_CONCURRENT_TRAJECTORIES: String(trajectories),
      QUEUE_TIMEOUT: String(PATIENCE_SECONDS),
    });
    const watch = new WatchedLoad(server, gateway.url, gateway.program, availableBeforeMib);
    const client = new HttpClient(gateway.url, null, PATIENCE_SECONDS * 1000);
    const warmUpMs = modelMs + toolMs;
    report.progress(`  ${trajectories} trajectories at once, ${((warmUpMs * 2) / 1000 + seconds).toFixed(0)} s`);
    const fromMs = performance.now() + warmUpMs;
    const untilMs = fromMs + seconds * 1000;
    const all = await Promise.all(
      Array.from({ length: trajectories }, (_, place) => ask(client, cases, place, (warmUpMs * place) / trajectories, untilMs)),
    );
    const peaks = await watch.end();
    await client.close();
    if (isInterrupted()) return;
    tell(report, all.flat(), { trajectories, sandboxes, fromMs, untilMs, modelMs, peaks });
  } finally {
    await services.stop();
  }
}

/** Mean time of the tool calls of a trajectory on a server that has nothing else to do, its session opened before. */
async function toolTimeOf(cases: readonly TrajectoryCase[], server: RunningToolServer): Promise<number> {
  const caller = new ToolCaller(server);
  const times: number[] = [];
  for (let round = 0; round < CALIBRATION_ROUNDS; round += 1) {
    for (const { steps } of cases.slice(0, 8)) {
      const session = await caller.open();
      const startMs = performance.now();
      for (const { code, status } of steps) {
        const result = await caller.call(caller.prepare(session, { code }));
        if (result.status !== status) throw new Error(`the sandbox said ${JSON.stringify(result).slice(0, 300)}`);
      }
      if (round > 0) times.push(performance.now() - startMs);
      await caller.close(session);
    }
  }
  caller.disconnect();
  return mean(times);
}

/** One trajectory after another until the time is over; the last one is waited for. */
async function ask(client: HttpClient, cases: readonly TrajectoryCase[], place: number, afterMs: number, untilMs: number): Promise<Ran[]> {
  await sleep(afterMs);
  const ran: Ran[] = [];
  for (let turn = 0; performance.now() < untilMs && !isInterrupted(); turn += 1) {
    const asked = cases[(place + turn) % cases.length] as TrajectoryCase;
    const body = {
      model: 'demo',
      messages: [{ role: 'user', content: asked.question }],
      interleave: { max_turns: asked.steps.length + 1 },
    };
    const startMs = performance.now();
    try {
      const answer = checkAnswer(asked, await client.json<TrajectoryAnswer>('POST', '/v1/chat/completions', body));
      ran.push({ startMs, endMs: performance.now(), answer, failure: null });
    } catch (error) {
      ran.push({ startMs, endMs: performance.now(), answer: null, failure: error instanceof Error ? error.message : String(error) });
      // What fails at once would be asked again and again.
      await sleep(1000);
    }
  }
  return ran;
}

interface Circumstances {
  readonly trajectories: number;
  readonly sandboxes: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly modelMs: number;
  readonly peaks: Awaited<ReturnType<WatchedLoad['end']>>;
}

function tell(report: Report, all: readonly Ran[], { trajectories, sandboxes, fromMs, untilMs, modelMs, peaks }: Circumstances): void {
  const seconds = (untilMs - fromMs) / 1000;
  // Troubles of the warm-up are troubles, too; its times are nobody's.
  const failures = all.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  const wrong = all.flatMap(({ answer }) => (answer?.wrong ? [answer.wrong] : []));
  const timeouts = all.reduce((sum, { answer }) => sum + (answer?.timeouts ?? 0), 0);
  const counted = all.filter(({ endMs }) => endMs >= fromMs && endMs <= untilMs);
  const calls = counted.flatMap(({ answer }) => answer?.calls ?? []);
  const measured = (what: string, times: readonly number[], notAsTheyShouldBe: readonly string[] = []): void =>
    report.measured('realistic', what, ofTimes(times, { clients: trajectories, seconds, failures: notAsTheyShouldBe }));
  const apartFromQueue = ({ callMs, queuedMs }: SeenCall): number => callMs - queuedMs;
  measured(
    'a trajectory of five calls',
    counted.map(({ startMs, endMs }) => endMs - startMs),
    [...failures, ...wrong],
  );
  measured('a call as the gateway saw it, its queue apart', calls.map(apartFromQueue));
  for (const kind of KINDS) {
    const own = calls.filter((call) => call.kind === kind);
    measured(`the same: ${kind}`, own.map(apartFromQueue));
  }
  measured(
    'waiting for a run slot',
    calls.map(({ queuedMs }) => queuedMs),
  );
  measured(
    'a call beside its program and its queue',
    calls.map((call) => apartFromQueue(call) - call.wallMs),
  );
  const toolMs = calls.reduce((sum, { callMs }) => sum + callMs, 0) / Math.max(1, counted.length);
  const figures = {
    trajectories_at_once: trajectories,
    sandboxes,
    sessions_at_once: peaks.sessions,
    waiting_at_once: peaks.waiting,
    asked: all.length,
    failed: failures.length,
    wrong: wrong.length,
    timeouts,
    thinking_share: modelMs / (modelMs + toolMs),
    trajectories_per_second: counted.length / seconds,
    gateway_mib: peaks.gatewayMib,
    tool_server_mib: peaks.toolServerMib,
    machine_mib: peaks.usedMib,
  };
  const whole = (value: number): string => value.toFixed(0);
  report.found(
    'realistic',
    `${countOf(trajectories)} at once, ${all.length} trajectories: ${failures.length} failed, ${timeouts} timed out, ${wrong.length} wrong; models thought ` +
      `${(figures.thinking_share * 100).toFixed(1)} % of the time; ${figures.trajectories_per_second.toFixed(1)} trajectories per second; at most ${peaks.sessions} held one of ` +
      `${sandboxes} sandboxes at once, ${peaks.waiting} waited at the gateway; memory: gateway ${whole(peaks.gatewayMib)} MiB, tool server ${whole(peaks.toolServerMib)}, ` +
      `the machine ${whole(peaks.usedMib)} less available, sandboxes included`,
    figures,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
