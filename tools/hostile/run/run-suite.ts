import { randomInt } from 'node:crypto';
import type { RuntimeName } from '../cases/hostile-case';
import type { CaseReport, InvariantReport, NeighbourReport, RuntimeReport } from '../report/runtime-report';
import { containersOf } from '../../harness/sandbox-containers';
import { isInterrupted } from '../../harness/cleanup';
import { runCase } from './case-runner';
import type { NumberedCase } from './chosen-cases';
import { Health, settle } from './health';
import type { Lab } from './lab';
import { SLOW } from './match-result';
import { Neighbour } from './neighbour';
import { notApplicableReason } from './not-applicable';
import { percentile } from './percentile';
import type { SandboxClient } from './sandbox-client';
import { SECRET_PREFIX } from './secret';
import { ToolServerProcess } from './tool-server-process';

/** Between the end of a call's time and its answer: a second of grace, one to kill and tell, and what a busy machine needs on top. */
const LATE_AFTER_MS: Readonly<Record<RuntimeName, number>> = { runc: 3500, runsc: 8000, wasm: 6000 };
const QUIET_MS = 2500;
/** What a call next door may take longer where a machine has fewer cores than there are attackers. */
const CROWDED_MS = 2000;
/** The server keeps no more of them ready: each costs a core for seconds. */
const MAX_WARM_WASM = 2;
/** Programs are to wait for nobody: this suite is about isolation, not about the queue. */
const MANY = '64';

export interface SuiteOptions {
  readonly runtime: RuntimeName;
  readonly cases: readonly NumberedCase[];
  readonly lanes: number;
  readonly progress: (line: string) => void;
}

/** Attacks one runtime: three tool servers, a few lanes of attackers, a neighbour that must never notice. */
export async function runSuite(options: SuiteOptions): Promise<RuntimeReport> {
  const { runtime, progress, lanes } = options;
  const startedAt = performance.now();
  const applicable: NumberedCase[] = [];
  const reports: CaseReport[] = [];
  for (const one of options.cases) {
    const reason = notApplicableReason(one.hostileCase, runtime);
    if (reason === null) applicable.push(one);
    else reports.push({ ...nameOf(one), outcome: 'not applicable', details: [reason], tookMs: 0 });
  }
  progress(`${runtime}: starting ...`);
  const servers = await startServers(runtime, lanes, applicable, progress);
  const invariants: InvariantReport[] = [];
  let neighbourReport: NeighbourReport | null = null;
  try {
    const healths = new Map<string, Health>();
    for (const [name, server] of Object.entries(servers)) healths.set(name, await Health.takeBaseline(server));
    const client = servers.open.client();
    const neighbour = await Neighbour.moveIn(client, `${SECRET_PREFIX}${randomInt(1e11, 1e12)}`);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const attackedFrom = performance.now();
    await runLanes(applicable, servers, lanes, neighbour, (report) => {
      reports.push(report);
      progress(progressLine(runtime, report, reports.length, options.cases.length));
    });
    const attackedUntil = performance.now();
    await neighbour.moveOut();
    neighbourReport = describeNeighbour(neighbour, attackedFrom, attackedUntil);
    invariants.push({ name: 'G3: the neighbour', details: neighbourComplaints(neighbour, neighbourReport) });
    await client.destroy();
    for (const [name, health] of healths) {
      invariants.push({ name: `G1, G4, G5: the ${name} tool server at rest`, details: await health.complaints() });
    }
  } finally {
    invariants.push(...(await stopServers(servers)));
  }
  return { runtime, unavailable: null, cases: reports, invariants, neighbour: neighbourReport, tookMs: performance.now() - startedAt };
}

type Servers = Partial<Record<'lone' | 'narrow', ToolServerProcess>> & { readonly open: ToolServerProcess };

async function startServers(
  runtime: RuntimeName,
  lanes: number,
  cases: readonly NumberedCase[],
  progress: (line: string) => void,
): Promise<Servers> {
  const start = (settings: Readonly<Record<string, string>> & { readonly SANDBOX_POOL_SIZE: string }) => {
    const poolSize = Math.min(Number(settings.SANDBOX_POOL_SIZE), runtime === 'wasm' ? MAX_WARM_WASM : Infinity);
    return ToolServerProcess.start(
      runtime,
      { MAX_FILE_BYTES: String(2 ** 20), ...settings, SANDBOX_POOL_SIZE: String(poolSize) },
      progress,
    );
  };
  const hasLone = cases.some(({ hostileCase }) => 'alone' in hostileCase);
  const hasNarrow = cases.some(({ hostileCase }) => 'narrow' in hostileCase);
  const open = await start({ SANDBOX_POOL_SIZE: String(lanes + 1), SANDBOX_MAX_SESSIONS: String(2 * lanes + 4), RUN_SLOTS: MANY });
  return {
    open,
    ...(hasLone && { lone: await start({ SANDBOX_POOL_SIZE: '1', SANDBOX_MAX_SESSIONS: '1', RUN_SLOTS: MANY }) }),
    ...(hasNarrow && {
      narrow: await start({
        SANDBOX_POOL_SIZE: '2',
        SANDBOX_MAX_SESSIONS: '4',
        RUN_SLOTS: '1',
        SESSION_TIMEOUT: '8',
        SESSION_QUEUE_TIMEOUT: '2',
        SESSION_QUEUE_LIMIT: '8',
      }),
    }),
  };
}

/** The open server is attacked from several lanes at once, each other one from a single lane. */
async function runLanes(
  cases: readonly NumberedCase[],
  servers: Servers,
  lanes: number,
  neighbour: Neighbour,
  onReport: (report: CaseReport) => void,
): Promise<void> {
  const queues = { open: [] as NumberedCase[], lone: [] as NumberedCase[], narrow: [] as NumberedCase[] };
  for (const one of cases) {
    if ('alone' in one.hostileCase) queues.lone.push(one);
    else if ('narrow' in one.hostileCase) queues.narrow.push(one);
    else queues.open.push(one);
  }
  const slow: { readonly name: keyof typeof queues; readonly one: NumberedCase; readonly details: readonly string[] }[] = [];
  const attack = async (server: ToolServerProcess, client: SandboxClient, one: NumberedCase): Promise<readonly string[]> => {
    const startedAt = performance.now();
    const lab: Lab = { runtime: server.runtime, server, client, lateAfterMs: LATE_AFTER_MS[server.runtime] };
    return [...(await runCase(one.hostileCase, lab)), ...neighbour.complaintsSince(startedAt)];
  };
  const lane = async (name: keyof typeof queues): Promise<void> => {
    const server = servers[name];
    if (!server) return;
    const client = server.client();
    for (let one = queues[name].shift(); one && !isInterrupted(); one = queues[name].shift()) {
      const startedAt = performance.now();
      const details = await attack(server, client, one);
      if (isWorthAnotherTry(server.runtime, details)) slow.push({ name, one, details });
      else onReport(reportOf(one, details, startedAt));
    }
    await client.destroy();
  };
  await Promise.all([...Array.from({ length: lanes }, () => lane('open')), lane('lone'), lane('narrow')]);
  // It gets the machine for itself: was it the others, or was it the sandbox?
  for (const { name, one, details } of slow) {
    const server = servers[name];
    if (!server || isInterrupted()) continue;
    const client = server.client();
    const startedAt = performance.now();
    const again = await attack(server, client, one);
    await client.destroy();
    onReport({ ...reportOf(one, again, startedAt), firstTry: details });
  }
}

/**
 * Time is what attacks take from each other. Under gVisor, whose kernel lives in the sandbox's own memory and share of the CPU, it may be the
 * sandbox; and what is a second's work elsewhere takes WebAssembly most of its time limit.
 */
function isWorthAnotherTry(runtime: RuntimeName, details: readonly string[]): boolean {
  return details.length > 0 && (runtime !== 'runc' || details.every((detail) => detail.startsWith(SLOW)));
}

function reportOf(one: NumberedCase, details: readonly string[], startedAt: number): CaseReport {
  return { ...nameOf(one), outcome: details.length === 0 ? 'passed' : 'failed', details, tookMs: performance.now() - startedAt };
}

async function stopServers(servers: Servers): Promise<readonly InvariantReport[]> {
  return Promise.all(
    Object.entries(servers).map(async ([name, server]) => {
      const details: string[] = [];
      const { instance } = await server.running.ready().catch(() => ({ instance: null }));
      const left = await server.stop();
      if (left.length > 0) details.push(`files left in its folder: ${left.join(', ')}`);
      details.push(...(await settle(() => containersLeft(instance))));
      if (server.exit?.code !== 0) details.push(`it ended with ${JSON.stringify(server.exit)}`);
      return { name: `G5: the ${name} tool server gone`, details };
    }),
  );
}

/**
 * The engine goes on with removals that it was asked for when the server has ended. Of a gVisor sandbox that has had some thirty processes
 * nothing runs any more by then, but its shim may take half a minute to notice. What nobody asked to remove stays for ever.
 */
async function containersLeft(instance: string | null | undefined): Promise<readonly string[]> {
  const containers = instance ? await containersOf(instance) : [];
  return containers.length > 0 ? [`${containers.length} containers left`] : [];
}

function describeNeighbour(neighbour: Neighbour, from: number, until: number): NeighbourReport {
  const during = (isDuring: boolean) =>
    neighbour.calls.filter(({ endedAt }) => endedAt < until && endedAt >= from === isDuring).map(({ tookMs }) => tookMs);
  const [quiet, attacked] = [during(false), during(true)];
  return {
    calls: attacked.length,
    quietP50Ms: percentile(quiet, 50),
    quietP99Ms: percentile(quiet, 99),
    p50Ms: percentile(attacked, 50),
    p99Ms: percentile(attacked, 99),
  };
}

/** Twice the quiet p99, and what a machine with fewer cores than attackers adds; reported always, a failure only far beyond. */
function neighbourComplaints(neighbour: Neighbour, { quietP99Ms, p99Ms }: NeighbourReport): readonly string[] {
  const bound = 2 * quietP99Ms + CROWDED_MS;
  return [
    ...new Set(neighbour.complaintsSince(0)),
    ...(p99Ms > bound
      ? [`the neighbour's p99 rose from ${quietP99Ms.toFixed(1)} to ${p99Ms.toFixed(1)} ms, beyond ${bound.toFixed(0)}`]
      : []),
  ];
}

const nameOf = ({ id, hostileCase: { row, name } }: NumberedCase) => ({ id, row, name });

function progressLine(
  runtime: RuntimeName,
  { id, name, outcome, details, tookMs, firstTry }: CaseReport,
  done: number,
  all: number,
): string {
  const seconds = `${(tookMs / 1000).toFixed(1)} s`;
  return `${runtime} [${done}/${all}] ${id} ${name}: ${outcome}${firstTry ? ' at the second try' : ''}, ${seconds}${details.map((detail) => `\n      ${detail}`).join('')}`;
}
