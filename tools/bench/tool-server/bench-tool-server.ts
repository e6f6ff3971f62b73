import type { Capabilities } from '@interleave/contracts';
import { ToolServerSettings } from '@interleave/settings';
import Docker from 'dockerode';
import { HttpClient } from '../../harness/http-client';
import { OwnContainers } from '../../harness/own-containers';
import type { RunningToolServer } from '../../harness/running-tool-server';
import { Services } from '../../harness/services';
import type { ToolServerOptions } from '../../harness/services';
import type { ToolServerPart } from '../bench.settings';
import type { Report } from '../report';
import { budgetFor, sandboxRoom } from '../sandbox-room';
import { measureVariants } from './bench-run';
import type { BenchRun, Variant } from './bench-run';
import { onNewSessions, onOneSession, onSharedSessions } from './clients';
import { conclude } from './conclude';
import { benchFloor } from './floor';
import { benchOutput } from './output';
import { benchPeers } from './peers';
import { benchCheckpoint, benchNewSession, benchSameSession, benchStateless, NEW_SESSION, SAME_SESSION } from './session-parts';

/** Sandboxes beyond one for each client: some are wiped while others serve. */
const SPARE = 16;
const CROWD = 256;
const REUSE_POOL = 24;
const RUN_SLOTS = [2, 4, 8];
const RUN_SLOT_CLIENTS = 16;
const RUNSC_POOL = 6;

export interface ToolServerBenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly maxClients: number;
}

/** The parts that are about the tool server alone. One server with the defaults serves most of them. */
export async function benchToolServer(report: Report, parts: ReadonlySet<ToolServerPart>, options: ToolServerBenchOptions): Promise<void> {
  const within = (run: (bench: BenchRun) => Promise<void>) => withServices(report, options, run);
  const main: readonly ToolServerPart[] = ['floor', 'same-session', 'new-session', 'stateless', 'checkpoint', 'output', 'peers'];
  if (main.some((part) => parts.has(part))) await within((bench) => benchDefaults(bench, parts));
  if (parts.has('crowd')) await within(benchCrowd);
  if (parts.has('run-slots')) await within(benchRunSlots);
  if (parts.has('reuse')) await benchReuse(report, options);
  if (parts.has('runsc')) await within(benchRunsc);
  conclude(report);
}

async function benchDefaults(bench: BenchRun, parts: ReadonlySet<ToolServerPart>): Promise<void> {
  const { report, maxClients } = bench;
  const isCrowded = parts.has('same-session') || parts.has('new-session') || parts.has('stateless');
  const server = await start(bench, { warm: Math.min(maxClients, isCrowded ? 64 : 8) + (maxClients > 8 && isCrowded ? SPARE : 4) });
  report.found('same-session', `defaults: ${await describeDefaults(server)}`);
  const { instance } = await server.ready();
  const containers = () => OwnContainers.like(instance ?? '');
  const each: Readonly<Partial<Record<ToolServerPart, () => Promise<void>>>> = {
    floor: async () => benchFloor(bench, await containers()),
    'same-session': () => benchSameSession(bench, server),
    'new-session': () => benchNewSession(bench, server),
    stateless: () => benchStateless(bench, server),
    checkpoint: () => benchCheckpoint(bench, server),
    output: () => benchOutput(bench, server),
    peers: async () => benchPeers(bench, await containers()),
  };
  for (const [part, measure] of Object.entries(each)) {
    if (!parts.has(part as ToolServerPart)) continue;
    report.progress(`tool-server: ${part}`);
    await measure();
  }
}

/** More clients than anyone should have on two cores: nobody may time out for want of a turn. */
async function benchCrowd(bench: BenchRun): Promise<void> {
  if (bench.maxClients < CROWD) return bench.report.skip('crowd', `it is about ${CROWD} clients.`);
  const sessions = sandboxRoom(CROWD);
  bench.report.progress(`tool-server: crowd, ${sessions} sandboxes`);
  const server = await start(bench, { warm: sessions, environment: budgetFor(sessions) });
  const client = sessions === CROWD ? onOneSession(server) : onSharedSessions(server, sessions);
  const settings = sessions === CROWD ? 'defaults' : `${sessions} sessions`;
  await measureVariants(bench, 'crowd', [{ what: SAME_SESSION, settings, clients: CROWD, client, sandboxes: sessions }], server);
}

/** What it costs to take new containers often: with 0 every session gets one that nobody had before, and the rate is that of starting them. */
async function benchReuse(report: Report, options: ToolServerBenchOptions): Promise<void> {
  for (const [reuse, sizes] of [
    [0, [1, 4]],
    [100, [8]],
    [1000, [8]],
  ] as const) {
    await withServices(report, options, async (apart) => {
      report.progress(`tool-server: reuse ${reuse}`);
      const environment = { SANDBOX_REUSE: String(reuse) };
      const server = await start(apart, { warm: REUSE_POOL, maxSessions: 2 * REUSE_POOL, environment });
      const variants = sizes.map((clients) => ({ what: NEW_SESSION, settings: `reuse ${reuse}`, clients, client: onNewSessions(server) }));
      await measureVariants(apart, 'reuse', variants, server);
    });
  }
}

/** How many programs may run at once: too few leave a core idle while frames travel, too many get in each other's way. */
async function benchRunSlots(bench: BenchRun): Promise<void> {
  const clients = Math.min(RUN_SLOT_CLIENTS, bench.maxClients);
  const variants: Variant[] = [];
  for (const runSlots of RUN_SLOTS) {
    const server = await start(bench, { warm: clients, environment: { RUN_SLOTS: String(runSlots) } });
    for (const checkpoint of ['off', 'auto'] as const) {
      const settings = `run slots ${runSlots}, checkpoint ${checkpoint}`;
      variants.push({ what: SAME_SESSION, settings, clients, client: onOneSession(server, { checkpoint }), server });
    }
  }
  await measureVariants(bench, 'run-slots', variants, null);
}

async function benchRunsc(bench: BenchRun): Promise<void> {
  const { Runtimes = {} } = (await new Docker().info()) as { Runtimes?: Readonly<Record<string, unknown>> };
  if (!('runsc' in Runtimes))
    return bench.report.skip('runsc', 'the engine has no runtime of that name (tools/ci/ensure-runsc.sh adds it).');
  bench.report.progress('tool-server: runsc');
  const server = await start(bench, { warm: RUNSC_POOL, environment: { SANDBOX_RUNTIME: 'runsc' } });
  const variants = [1, 4].flatMap((clients) => [
    { what: SAME_SESSION, settings: 'runtime runsc', clients, client: onOneSession(server) },
    { what: NEW_SESSION, settings: 'runtime runsc', clients, client: onNewSessions(server) },
  ]);
  await measureVariants(bench, 'runsc', variants, server);
}

async function start(bench: BenchRun, options: ToolServerOptions): Promise<RunningToolServer> {
  bench.report.progress(`  starting a tool server with ${options.warm} warm sandboxes`);
  return bench.services.startToolServer(options);
}

async function withServices(report: Report, options: ToolServerBenchOptions, run: (bench: BenchRun) => Promise<void>): Promise<void> {
  const services = new Services((line) => report.progress(line));
  try {
    await run({ ...options, report, services });
  } finally {
    await services.stop();
  }
}

async function describeDefaults(server: RunningToolServer): Promise<string> {
  const http = new HttpClient(server.url, server.token);
  const { checkpoint, limits, run_slots: runSlots, runtime } = await http.json<Capabilities>('GET', '/v1/capabilities');
  await http.close();
  const { sandboxReuse, sandboxTier } = new ToolServerSettings();
  return (
    `runtime ${runtime}, checkpoint ${checkpoint}, reuse ${sandboxReuse}, tier ${sandboxTier}, ${limits.memory_mib} MiB a sandbox, ` +
    `${runSlots.max} run slots; only the pool is larger, so that it is warm; a call is print(6 * 7)`
  );
}
