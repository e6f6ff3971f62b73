import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Machine } from '../harness/machine';
import type { PartResult } from './part-result';
import type { PoolFaultsSettings } from './pool-faults.settings';

export interface Run {
  readonly machine: Machine;
  readonly settings: PoolFaultsSettings;
  readonly sandbox: string;
}

const TITLES = [
  'part',
  'requests',
  'failed',
  'wrong',
  'run twice',
  'programs',
  'p50 s',
  'slowest s',
  'silence s',
  'fewest ready',
  'measured',
];

/** As a markdown table: it is read in a terminal and goes into docs as it is. */
export function table(results: readonly PartResult[]): string {
  const rows = results.map(({ what, load, fewestReady, seconds }) => [
    what,
    load.requests,
    load.failures.length,
    load.wrong.length,
    load.twice,
    load.runs,
    inSeconds(load.medianMs),
    inSeconds(load.slowestMs),
    inSeconds(load.longestSilenceMs),
    fewestReady,
    Object.entries(seconds)
      .map(([name, ms]) => `${inSeconds(ms)} s ${name}`)
      .join(', '),
  ]);
  const cells = [TITLES, ...rows].map((row) => row.map(String));
  const widths = TITLES.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number): boolean => column === 0 || column === TITLES.length - 1;
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), rule, ...body.map(line)].join('\n');
}

export function writeJson(file: string, { machine, settings, sandbox }: Run, results: readonly PartResult[]): void {
  const { engine, clients, drainTimeout, seed } = settings;
  const parts = results.map(({ part, what, load, fewestReady, seconds, musts }) => ({
    part,
    what,
    requests: load.requests,
    failures: load.failures,
    wrong: load.wrong,
    own_mistakes: load.ownMistakes,
    programs: { run: load.runs, named_by_answers: load.namedRuns, twice: load.twice, taken_back: load.takenBack },
    seconds: {
      ...Object.fromEntries(Object.entries(seconds).map(([name, ms]) => [name.replaceAll(' ', '_'), Number(inSeconds(ms))])),
      answer_p50: Number(inSeconds(load.medianMs)),
      answer_slowest: Number(inSeconds(load.slowestMs)),
      longest_silence: Number(inSeconds(load.longestSilenceMs)),
    },
    fewest_ready: fewestReady,
    musts: musts.map(({ what: rule, isMet }) => ({ what: rule, is_met: isMet })),
  }));
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ machine, settings: { engine, clients, drain_timeout_s: drainTimeout, seed, sandbox }, parts }, null, 2)}\n`,
  );
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
