import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { markdownTable } from '../harness/markdown-table';
import { runTool } from '../harness/run-tool';
import { POLICY_NAMES } from './policies';
import { runSweep } from './run-scenarios';
import type { Sweep } from './run-scenarios';
import { SCENARIOS } from './scenarios';
import { plotSvg } from './svg-plot';
import type { Panel } from './svg-plot';

const SIZE = { workers: 8, seconds: 120, seed: 1, loads: [4, 6, 8, 10, 12, 14] };
/** The load of the table: the workers are busy, and no policy of worth is swamped. */
const TABLE_LOAD = 12;
const PAGE = 'docs/routing.md';
const PLOT = 'docs/routing-simulation.svg';
const MARKS = ['<!-- simulation -->', '<!-- /simulation -->'] as const;

/** Writes the plot, and the table into the page. */
async function main(): Promise<void> {
  const sweeps = SCENARIOS.map((scenario) => {
    process.stderr.write(`${scenario.name}: ${scenario.description}\n`);
    return runSweep(scenario, SIZE);
  });
  const table = tableOf(sweeps);
  process.stdout.write(table);
  writeFileSync(PLOT, plotSvg(sweeps.flatMap(panelsOf), 2, 'trajectories per second'));
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [page.indexOf(MARKS[0]) + MARKS[0].length, page.indexOf(MARKS[1])];
  if (end < start) throw new Error(`${PAGE} has no place for the table: ${MARKS.join(' … ')}.`);
  writeFileSync(PAGE, await format(`${page.slice(0, start)}\n\n${table}\n${page.slice(end)}`, { parser: 'markdown' }));
}

function panelsOf({ scenario, points }: Sweep): Panel[] {
  const panel = (
    title: string,
    unit: string,
    isLogarithmic: boolean,
    figure: (outcome: Sweep['points'][number]['outcomes'][number]) => number,
  ) => ({
    title: `${scenario.name}: ${title}`,
    unit,
    isLogarithmic,
    lines: POLICY_NAMES.map((name, place) => ({
      name,
      points: points.map(({ load, outcomes }) => [load, figure(outcomes[place] as (typeof outcomes)[number])] as const),
    })),
  });
  return [
    panel('prompt tokens found in the cache', '%', false, ({ hitRate }) => hitRate * 100),
    panel('time to first token, p99', 'ms', true, ({ firstTokenMs }) => firstTokenMs.p99),
  ];
}

function tableOf(sweeps: readonly Sweep[]): string {
  const rows = sweeps.flatMap(({ scenario, points }) =>
    (points.find(({ load }) => load === TABLE_LOAD)?.outcomes ?? []).map(({ policy, hitRate, firstTokenMs, roundMs }) => [
      scenario.name,
      policy,
      `${(hitRate * 100).toFixed(1)} %`,
      ...[firstTokenMs.p50, firstTokenMs.p99, roundMs.p50, roundMs.p99].map((ms) => ms.toFixed(0)),
    ]),
  );
  const head = ['scenario', 'policy', 'prefix hits', 'first token p50 ms', 'p99', 'round p50 ms', 'p99'];
  return markdownTable(head, rows, 2);
}

void runTool('simulate-routing', main);
