import type { Part } from './bench.settings';
import type { ChildProgram } from '../harness/child-program';
import { HttpClient } from '../harness/http-client';
import { Services } from '../harness/services';
import { sample, summarise } from './measure';
import type { Sample } from './measure';
import { countOf, milliseconds } from './report';
import type { Report } from './report';
import { ROUNDS, trajectoryMadeDirectly, trajectoryThroughGateway } from './trajectory';

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
    const throughGateway = (): Promise<void> => trajectoryThroughGateway(gateway);

    report.progress('  warming up');
    for (const call of [directly, throughGateway]) await sample({ ...WARM_UP, client: () => Promise.resolve({ call }) });
    for (const clients of CLIENTS) {
      const load = (call: () => Promise<void>): Promise<Sample> =>
        sample({ clients, seconds: seconds / TURNS, client: () => Promise.resolve({ call }) });
      const samples: { readonly direct: Sample; readonly through: Sample; readonly cpuMs: number | null }[] = [];
      for (let turn = 1; turn <= TURNS; turn += 1) {
        report.progress(`  ${countOf(clients)}, turn ${turn} of ${TURNS}`);
        const direct = await load(directly);
        await noneFailed(closings.splice(0));
        const meter = cpuMeter(program);
        let calls = 0;
        const through = await load(async () => {
          await throughGateway();
          calls += 1;
        });
        samples.push({ direct, through, cpuMs: meter(calls) });
      }
      const direct = summarise(samples.map((turn) => turn.direct));
      const through = summarise(samples.map((turn) => turn.through));
      report.measured(part, 'the same calls made directly', direct);
      report.measured(part, 'trajectory through the gateway', through);
      const added = {
        p50_ms: (through.p50 - direct.p50) / ROUNDS.length,
        mean_ms: (through.mean - direct.mean) / ROUNDS.length,
        cpu_ms: perRound(samples.map(({ cpuMs }) => cpuMs)),
      };
      const cpu = added.cpu_ms === null ? '' : `; the gateway's CPU time: ${milliseconds(added.cpu_ms)} ms`;
      report.found(
        part,
        `added per round, ${countOf(clients)}: ${milliseconds(added.p50_ms)} ms by p50, ${milliseconds(added.mean_ms)} ms by mean${cpu}`,
        added,
      );
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
