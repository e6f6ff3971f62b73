import { HttpClient } from '../../harness/http-client';
import { Services } from '../../harness/services';
import type { Report } from '../report';
import { compareStreams } from './stream-ways';
import type { CpuClock } from './stream-ways';

export interface VllmStreamsOptions {
  readonly rounds: number;
  readonly tokens: number;
  readonly clients: readonly number[];
  /** Command of a vLLM that is started for this. */
  readonly vllmCommand?: string | undefined;
  /** One that somebody runs, in place of that. */
  readonly workerUrl?: string | undefined;
  readonly workerKey?: string | undefined;
}

interface Engine {
  readonly url: string;
  readonly key: string | null;
  /** Of all its processes; nobody knows it of one that others run. */
  readonly cpu: CpuClock;
}

const WARM_UP_TOKENS = 32;

/** Streams of real vLLM. It takes the cores that gateway and client need, too: what is lost here is lost to them as much as to work that they add. */
export async function benchVllmStreams(report: Report, options: VllmStreamsOptions): Promise<void> {
  const services = new Services((line) => report.progress(line));
  try {
    const engine = await engineOf(services, report, options);
    const http = new HttpClient(engine.url, engine.key);
    const { data } = await http.json<{ readonly data: readonly { readonly id: string }[] }>('GET', '/v1/models');
    await http.close();
    const environment: Readonly<Record<string, string>> = engine.key === null ? {} : { EXTERNAL_WORKER_KEY: engine.key };
    const gateway = await services.startGateway(engine.url, await services.startFakeToolServer(), environment);
    for (const streams of options.clients) {
      await compareStreams(
        {
          part: 'vllm-streams',
          what: 'vLLM',
          rounds: options.rounds,
          streams,
          tokens: options.tokens,
          startGapMs: 0,
          warmUpTokens: WARM_UP_TOKENS,
          expectedText: null,
          body: {
            model: data[0]?.id,
            prompt: 'What is 12 * 34?',
            stream: true,
            stream_options: { include_usage: true },
            ignore_eos: true,
            temperature: 1,
            seed: 1,
          },
          engineUrl: engine.url,
          engineKey: engine.key,
          gatewayUrl: gateway.url,
          engineCpu: engine.cpu,
          gatewayCpu: () => gateway.program.cpuMs(),
        },
        services,
        report,
      );
    }
  } finally {
    await services.stop();
  }
}

async function engineOf(
  services: Services,
  report: Report,
  { vllmCommand = '', workerUrl, workerKey }: VllmStreamsOptions,
): Promise<Engine> {
  if (workerUrl !== undefined) return { url: workerUrl.replace(/\/(?:v1\/?)?$/, ''), key: workerKey ?? null, cpu: () => null };
  report.progress('  vLLM is starting: two minutes on two cores');
  const { url, program } = await services.startVllm(vllmCommand);
  return { url, key: null, cpu: () => program.cpuMsOfAll() };
}
