import type { Part } from './bench.settings';
import type { ChildProgram } from '../harness/child-program';
import { HttpClient } from '../harness/http-client';
import { Services } from '../harness/services';
import { sample, summarise } from './measure';
import type { Sample } from './measure';
import { countOf, milliseconds } from './report';
import type { Report } from './report';
import { ROUNDS, streamedThroughGateway, trajectoryMadeDirectly, trajectoryThroughGateway } from './trajectory';

const CLIENTS = [1, 16];
const SESSIONS = 20;
/** The two ways take turns, so that what else the machine does meanwhile weighs on both. */
const TURNS = 4;
/** Until the code of all processes is compiled. */
const WARM_UP = { clients: 8, seconds: 3 };

/**
 * A trajectory of four rounds and three tool calls through the gateway, against the same calls made directly in the same run;
 * the difference is what the gateway adds. The engine takes no time; tools are fake or the real sandbox.
 */
export async function benchTurnLoop(part: Extract<Part, `turn-loop${string}`>, report: Report, seconds: number): Promise<void> {
  const services = new Services((line) => report.progress(line));
  try {
    const toolServerUrl =
      part === 'turn-loop' ? await services.startFakeToolServer() : (await services.startToolServer({ warm: SESSIONS })).url;
    const workerUrl = await services.startFakeVllm(ROUNDS);
    const { url: gatewayUrl, program } = await services.startGateway(workerUrl, toolServerUrl);
    const gateway = new HttpClient(gatewayUrl);
    const worker = new HttpClient(workerUrl);
    const tools = new HttpClient(toolServerUrl, services.serviceToken);
    const closings: Promise<unknown>[] = [];
    const directly = async (): Promise<void> => void closings.push((await trajectoryMadeDirectly(worker, tools)).closing);

    const ways: readonly { readonly what: string; readonly call: () => Promise<void> }[] = [
      { what: 'trajectory through the gateway', call: () => trajectoryThroughGateway(gateway) },
      { what: 'trajectory through the gateway, streamed', call: () => streamedThroughGateway(gateway) },
    ];

    report.progress('  warming up');
    for (const call of [directly, ...ways.map((way) => way.call)]) await sample({ ...WARM_UP, client: () => Promise.resolve({ call }) });
    for (const clients of CLIENTS) {
      const load = (call: () => Promise<void>): Promise<Sample> =>
        sample({ clients, seconds: seconds / TURNS, client: () => Promise.resolve({ call }) });
      const direct: Sample[] = [];
      const through = ways.map(() => ({ samples: [] as Sample[], cpuMs: [] as (number | null)[] }));
      for (let turn = 1; turn <= TURNS; turn += 1) {
        report.progress(`  ${countOf(clients)}, turn ${turn} of ${TURNS}`);
        direct.push(await load(directly));
        await noneFailed(closings.splice(0));
        for (const [place, { call }] of ways.entries()) {
          const meter = cpuMeter(program);
          let calls = 0;
          const found = await load(async () => {
            await call();
            calls += 1;
          });
          through[place]?.samples.push(found);
          through[place]?.cpuMs.push(meter(calls));
        }
      }
      const base = summarise(direct);
      report.measured(part, 'the same calls made directly', base);
      for (const [place, { what }] of ways.entries()) {
        const { samples, cpuMs } = through[place] ?? { samples: [], cpuMs: [] };
        const measured = summarise(samples);
        report.measured(part, what, measured);
        const cpu = perRound(cpuMs);
        const added = {
          p50_ms: (measured.p50 - base.p50) / ROUNDS.length,
          mean_ms: (measured.mean - base.mean) / ROUNDS.length,
          cpu_ms: cpu,
          per_second_of_a_core: cpu === null ? null : 1000 / (cpu * ROUNDS.length),
        };
        const cost =
          cpu === null
            ? ''
            : `; the gateway's CPU time: ${milliseconds(cpu)} ms, so ${added.per_second_of_a_core?.toFixed(0)} trajectories per second of a core`;
        report.found(
          part,
          `${what}, ${countOf(clients)}: added per round ${milliseconds(added.p50_ms)} ms by p50, ${milliseconds(added.mean_ms)} ms by mean${cost}`,
          added,
        );
      }
    }
    await Promise.all([gateway.close(), worker.close(), tools.close()]);
  } finally {
    await services.stop();
  }
}

async function noneFailed(closings: readonly Promise<unknown>[]): Promise<void> {
  const failure = (await Promise.all(closings)).find((error) => error !== null);
  if (failure !== undefined) throw failure;
}

/** CPU time of one process per call, which waiting for a core can't distort; null where the system doesn't say. */
function cpuMeter(program: ChildProgram): (calls: number) => number | null {
  const before = program.cpuMs();
  return (calls) => {
    const after = program.cpuMs();
    return before === null || after === null ? null : (after - before) / calls;
  };
}

function perRound(perCall: readonly (number | null)[]): number | null {
  const known = perCall.filter((ms) => ms !== null);
  return known.length === 0 ? null : known.reduce((sum, ms) => sum + ms, 0) / known.length / ROUNDS.length;
}
