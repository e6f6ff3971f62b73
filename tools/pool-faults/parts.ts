import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deferred } from '@interleave/kernel';
import { COPIES, DEPLOYMENT } from './faulty-system';
import type { FaultySystem } from './faulty-system';
import { mustsOf } from './part-result';
import type { Must, PartResult } from './part-result';
import type { Part } from './pool-faults.settings';

const SECOND_MS = 1_000;
/** For a signal to be seen, or a slow machine to get to it. */
const SLACK_MS = 30 * SECOND_MS;
const ENDLESS_TOKENS = 1_800;
const ENDLESS_CLIENTS = 8;

interface Outcome {
  readonly seconds: Readonly<Record<string, number>>;
  readonly musts?: readonly Must[];
}

interface Scenario {
  readonly what: string;
  /** Copies that are ready when it begins. */
  readonly copies: number;
  /** Also the fewest workers that may be ready at any time. */
  readonly fewestReady: number;
  /** What happens while clients ask. */
  readonly act: (system: FaultySystem) => Promise<Outcome>;
}

const SCENARIOS: Readonly<Record<Part, Scenario>> = {
  crash: { what: 'kill -9 of a worker', copies: COPIES, fewestReady: 1, act: crash },
  hang: { what: 'SIGSTOP of a worker', copies: COPIES, fewestReady: 1, act: hang },
  drain: { what: 'drain of a worker', copies: COPIES, fewestReady: 1, act: drain },
  'drain-deadline': { what: 'drain of a worker whose requests never end', copies: COPIES, fewestReady: 1, act: drainPastDeadline },
  replace: { what: 'PUT of a deployment, no device free', copies: COPIES, fewestReady: 1, act: replace },
  'replace-free': { what: 'restart of a deployment, a device free', copies: 1, fewestReady: 1, act: replaceOnFreeDevice },
  single: { what: 'restart of the only copy', copies: 1, fewestReady: 0, act: restartSingle },
};

export async function runPart(part: Part, system: FaultySystem): Promise<PartResult> {
  const { what, copies, fewestReady: allowed, act } = SCENARIOS[part];
  await system.haveCopies(copies);
  const sinceMs = performance.now();
  let outcome: Outcome = { seconds: {} };
  const load = await system.underLoad(async () => {
    outcome = await act(system);
  });
  const fewestReady = system.pool.fewestReady(sinceMs);
  const musts = [
    ...mustsOf(load),
    ...(outcome.musts ?? []),
    { what: `at least ${allowed} of ${copies} workers are ready (${fewestReady})`, isMet: fewestReady >= allowed },
  ];
  return { part, what, load, fewestReady, seconds: outcome.seconds, musts };
}

async function crash(system: FaultySystem): Promise<Outcome> {
  const { pool } = system;
  const killedAtMs = performance.now();
  system.signal('demo-0', 'SIGKILL');
  const seenAtMs = await untilNotReady(system, 'demo-0', killedAtMs);
  const readyAtMs = await pool.untilWorker('demo-0', 'ready', system.readyTimeoutMs, seenAtMs);
  return { seconds: { 'until it is seen': seenAtMs - killedAtMs, 'until ready again': readyAtMs - killedAtMs } };
}

async function hang(system: FaultySystem): Promise<Outcome> {
  const pid = system.pidOf('demo-0');
  const stoppedAtMs = performance.now();
  system.signal('demo-0', 'SIGSTOP');
  const seenAtMs = await untilNotReady(system, 'demo-0', stoppedAtMs);
  const readyAtMs = await system.pool.untilWorker('demo-0', 'ready', system.readyTimeoutMs, seenAtMs);
  return {
    seconds: { 'until it is seen': seenAtMs - stoppedAtMs, 'until ready again': readyAtMs - stoppedAtMs },
    musts: [{ what: 'what hung is gone', isMet: !existsSync(`/proc/${pid}`) }],
  };
}

async function drain(system: FaultySystem): Promise<Outcome> {
  const drainedMs = await drainAndRestart(system, 'demo-0');
  return { seconds: { 'until drained': drainedMs } };
}

async function drainPastDeadline(system: FaultySystem): Promise<Outcome> {
  const { pool, gateway, settings } = system;
  const drainMs = settings.drainTimeout * SECOND_MS;
  const begun = Array.from({ length: ENDLESS_CLIENTS }, () => new Deferred<void>());
  const endless = begun.map((first) => gateway.endless(ENDLESS_TOKENS, first.resolve));
  // With the first words of all of them, some are on each worker.
  await Promise.race([Promise.all(begun.map(({ promise }) => promise)), Promise.all(endless)]);
  const drainedMs = await drainAndRestart(system, 'demo-0');
  const answers = await Promise.all(endless);
  const failures = answers.flatMap(({ failure }) => failure ?? []);
  const whole = answers.filter(({ tokens }) => tokens === ENDLESS_TOKENS).length;
  await pool.untilWorker('demo-0', 'ready', system.readyTimeoutMs);
  return {
    seconds: {
      'until drained': drainedMs,
      'longest silence of an endless answer': Math.max(...answers.map(({ silentMs }) => silentMs ?? 0)),
    },
    musts: [
      {
        what: `it drains for ${settings.drainTimeout} s and is stopped then (${(drainedMs / SECOND_MS).toFixed(1)} s)`,
        isMet: drainedMs >= drainMs && drainedMs < drainMs + SLACK_MS,
      },
      {
        what: `all ${ENDLESS_CLIENTS} endless answers go on elsewhere to their ${ENDLESS_TOKENS} tokens (${whole} did${failures[0] ? `: ${failures[0]}` : ''})`,
        isMet: failures.length === 0 && whole === ENDLESS_CLIENTS,
      },
    ],
  };
}

async function replace(system: FaultySystem): Promise<Outcome> {
  const { revision } = await system.pool.deployment();
  const startedAtMs = performance.now();
  await system.pool.ask('PUT', `/v1/deployments/${DEPLOYMENT}`, { model_path: DEPLOYMENT, num_models: COPIES, max_model_len: 1920 });
  return { seconds: { 'until replaced': await untilReplaced(system, revision, startedAtMs) } };
}

async function replaceOnFreeDevice(system: FaultySystem): Promise<Outcome> {
  const { revision } = await system.pool.deployment();
  const startedAtMs = performance.now();
  await system.pool.ask('POST', `/v1/deployments/${DEPLOYMENT}/restart`);
  return { seconds: { 'until replaced': await untilReplaced(system, revision, startedAtMs) } };
}

async function restartSingle(system: FaultySystem): Promise<Outcome> {
  const [{ id } = { id: '' }] = system.pool.workers;
  const startedAtMs = performance.now();
  await system.pool.ask('POST', `/v1/workers/${id}/restart`);
  const goneAtMs = await untilNotReady(system, id, startedAtMs);
  const readyAtMs = await system.pool.untilWorker(id, 'ready', system.readyTimeoutMs, goneAtMs);
  return { seconds: { 'until ready again': readyAtMs - startedAtMs } };
}

/** @returns how long it took to drain */
async function drainAndRestart({ pool, readyTimeoutMs }: FaultySystem, id: string): Promise<number> {
  const startedAtMs = performance.now();
  await pool.ask('POST', `/v1/workers/${id}/drain`);
  const stoppedAtMs = await pool.untilWorker(id, 'stopped', 2 * SLACK_MS, startedAtMs);
  await pool.ask('POST', `/v1/workers/${id}/restart`);
  await pool.untilWorker(id, 'ready', readyTimeoutMs, performance.now());
  return stoppedAtMs - startedAtMs;
}

function untilNotReady({ pool }: FaultySystem, id: string, sinceMs: number): Promise<number> {
  const isGone = (workers: typeof pool.workers): boolean => workers.every((row) => row.id !== id || row.status !== 'ready');
  return pool.until(isGone, `${id} is not ready any more`, 4 * SLACK_MS, sinceMs);
}

async function untilReplaced(system: FaultySystem, before: string, startedAtMs: number): Promise<number> {
  const deadline = performance.now() + COPIES * system.readyTimeoutMs;
  for (;;) {
    const { revision, rollout, ready, num_models: copies } = await system.pool.deployment();
    if (rollout === 'halted') throw new Error('The replacement has halted: a new worker failed.');
    const isDone = revision !== before && rollout === 'steady' && ready === copies && system.pool.workers.length === copies;
    if (isDone) return performance.now() - startedAtMs;
    if (performance.now() > deadline) throw new Error(`The replacement is ${rollout}, with ${ready} workers ready.`);
    await sleep(100);
  }
}
