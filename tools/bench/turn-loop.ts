import type { Part } from './bench.settings';
import { HttpClient } from './http-client';
import { measure } from './measure';
import type { Measurement } from './measure';
import type { Report } from './report';
import { Services } from './services';
import { ROUNDS, trajectoryMadeDirectly, trajectoryThroughGateway } from './trajectory';

const CLIENTS = [1, 16];
const SESSIONS = 20;

/**
 * A trajectory of four rounds and three tool calls through the gateway, against the same calls made directly in the same run;
 * the difference is what the gateway adds. The engine takes no time; tools are fake or the real sandbox.
 */
export async function benchTurnLoop(part: Extract<Part, `turn-loop${string}`>, report: Report, seconds: number): Promise<void> {
  const services = new Services((line) => report.progress(line));
  try {
    const toolServerUrl = part === 'turn-loop' ? await services.startFakeToolServer() : await services.startToolServer(SESSIONS);
    const workerUrl = await services.startFakeVllm(ROUNDS);
    const gateway = new HttpClient(await services.startGateway(workerUrl, toolServerUrl));
    const worker = new HttpClient(workerUrl);
    const tools = new HttpClient(toolServerUrl, services.serviceToken);
    const load = (clients: number, call: () => Promise<void>): Promise<Measurement> =>
      measure({ clients, seconds, client: () => Promise.resolve({ call }) });
    for (const clients of CLIENTS) {
      const direct = await report.measured(part, 'the same calls made directly', () =>
        load(clients, () => trajectoryMadeDirectly(worker, tools)),
      );
      const through = await report.measured(part, 'trajectory through the gateway', () =>
        load(clients, () => trajectoryThroughGateway(gateway)),
      );
      report.derived(part, `added per round, ${clients} client${clients === 1 ? '' : 's'}`, {
        p50_ms: (through.p50 - direct.p50) / ROUNDS.length,
        mean_ms: (through.mean - direct.mean) / ROUNDS.length,
      });
    }
    await Promise.all([gateway.close(), worker.close(), tools.close()]);
  } finally {
    await services.stop();
  }
}
