import { readFileSync } from 'node:fs';
import { isInterrupted } from '../../harness/cleanup';
import type { Services } from '../../harness/services';
import { median } from '../statistics';
import { countOf, milliseconds } from '../report';
import type { Report } from '../report';
import type { Part } from '../bench.settings';
import type { Measurement } from '../measure';
import type { Quantiles, StreamPlan, StreamReading } from './stream-plan';

const TIMEOUT_MS = 180_000;
const READER = 'tools/bench/paced/stream-reader.js';

/** CPU time so far, in milliseconds; null where nobody knows. */
export type CpuClock = () => number | null;

export interface StreamLoad extends Pick<StreamPlan, 'streams' | 'startGapMs' | 'tokens' | 'warmUpTokens' | 'expectedText'> {
  readonly part: Part;
  /** What the engine is, for the rows. */
  readonly what: string;
  readonly rounds: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly engineUrl: string;
  readonly engineKey: string | null;
  readonly gatewayUrl: string;
  readonly engineCpu: CpuClock;
  readonly gatewayCpu: CpuClock;
}

/** One turn of one way, with the CPU time of a token by who used it. */
interface Turn {
  readonly reading: StreamReading;
  readonly engineMs: number | null;
  readonly gatewayMs: number | null;
}

/** The same streams asked of the engine itself and through the gateway, in turns: what the gateway takes of their speed and adds to their rhythm. */
export async function compareStreams(load: StreamLoad, services: Services, report: Report): Promise<void> {
  const directly: Turn[] = [];
  const through: Turn[] = [];
  for (let round = 1; round <= load.rounds && !isInterrupted(); round += 1) {
    report.progress(`  ${load.what}, ${countOf(load.streams)}, round ${round} of ${load.rounds}`);
    const plan = { ...load, url: `${load.engineUrl}/v1/completions`, apiKey: load.engineKey };
    directly.push(await play(load, plan, services));
    const body = { ...load.body, interleave: { max_turns: 0 } };
    through.push(await play(load, { ...plan, url: `${load.gatewayUrl}/v1/completions`, apiKey: null, body }, services));
  }
  if (isInterrupted()) return;
  report.measured(load.part, `${load.what}, directly: between tokens`, measurementOf(load, directly));
  report.measured(load.part, `${load.what}, through the gateway: between tokens`, measurementOf(load, through));
  tell(load, directly, through, report);
}

async function play(load: StreamLoad, plan: Omit<StreamPlan, 'resultFile'>, services: Services): Promise<Turn> {
  const resultFile = services.newFile();
  const { url, body, apiKey, streams, startGapMs, tokens, warmUpTokens, expectedText } = plan;
  const whole: StreamPlan = { url, body, apiKey, streams, startGapMs, tokens, warmUpTokens, expectedText, resultFile };
  const before = [load.engineCpu(), load.gatewayCpu()];
  await services.run(READER, [JSON.stringify(whole)], TIMEOUT_MS);
  const after = [load.engineCpu(), load.gatewayCpu()];
  const reading = JSON.parse(readFileSync(resultFile, 'utf8')) as StreamReading;
  const [engineMs = null, gatewayMs = null] = after.map((ms, place) => {
    const from = before[place] ?? null;
    return ms === null || from === null ? null : (ms - from) / reading.allTokens;
  });
  return { reading, engineMs, gatewayMs };
}

function measurementOf({ streams, rounds }: StreamLoad, turns: readonly Turn[]): Measurement {
  const of = (key: keyof Quantiles): number => median(turns.map(({ reading }) => reading.betweenTokens[key]));
  const failures = turns.flatMap(({ reading }) => reading.failures);
  return {
    clients: streams,
    count: turns.reduce((sum, { reading }) => sum + reading.tokens, 0),
    seconds: turns.reduce((sum, { reading }) => sum + reading.seconds, 0),
    rounds,
    p50: of('p50'),
    p95: of('p95'),
    p99: of('p99'),
    mean: of('mean'),
    perSecond: median(turns.map(({ reading }) => reading.tokensPerSecond)),
    failures: failures.length,
    firstFailures: failures.slice(0, 3),
    cpu: null,
    parts: {},
  };
}

function tell({ part, what, streams }: StreamLoad, directly: readonly Turn[], through: readonly Turn[], report: Report): void {
  /** Median over the rounds of what the gateway makes of the turn before its own. */
  const difference = (of: (turn: Turn) => number): number => median(through.map((turn, round) => of(turn) - of(directly[round] ?? turn)));
  const share = median(
    through.map(({ reading }, round) => reading.tokensPerSecond / (directly[round] ?? { reading }).reading.tokensPerSecond),
  );
  const added = (key: keyof Quantiles): number => difference(({ reading }) => reading.betweenTokens[key]);
  const cpu = (turns: readonly Turn[], of: (turn: Turn) => number | null): number | null => {
    const known = turns.map(of).filter((ms) => ms !== null);
    return known.length === 0 ? null : median(known);
  };
  const figures = {
    streams,
    share_kept: share,
    between_tokens_added_p50_ms: added('p50'),
    between_tokens_added_p99_ms: added('p99'),
    first_token_added_p50_ms: difference(({ reading }) => reading.firstToken.p50),
    first_token_added_p99_ms: difference(({ reading }) => reading.firstToken.p99),
    engine_cpu_ms_per_token: cpu(through, ({ engineMs }) => engineMs),
    engine_cpu_ms_per_token_directly: cpu(directly, ({ engineMs }) => engineMs),
    gateway_cpu_ms_per_token: cpu(through, ({ gatewayMs }) => gatewayMs),
    client_cpu_ms_per_token: cpu(through, ({ reading }) => reading.cpuMs / reading.tokens),
    client_cpu_ms_per_token_directly: cpu(directly, ({ reading }) => reading.cpuMs / reading.tokens),
  };
  const ms = (value: number | null): string => (value === null ? '?' : value.toFixed(3));
  report.found(
    part,
    `${what}, ${countOf(streams)}: ${(share * 100).toFixed(1)} % of the tokens per second kept; between tokens ${milliseconds(figures.between_tokens_added_p50_ms)} ms ` +
      `added at p50, ${milliseconds(figures.between_tokens_added_p99_ms)} at p99; until the first token ${milliseconds(figures.first_token_added_p50_ms)} and ` +
      `${milliseconds(figures.first_token_added_p99_ms)}; CPU of a token: engine ${ms(figures.engine_cpu_ms_per_token)} ms (directly ` +
      `${ms(figures.engine_cpu_ms_per_token_directly)}), gateway ${ms(figures.gateway_cpu_ms_per_token)}, client ${ms(figures.client_cpu_ms_per_token)} ` +
      `(${ms(figures.client_cpu_ms_per_token_directly)})`,
    figures,
  );
}
