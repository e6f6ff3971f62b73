import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Machine } from '../harness/machine';
import { markdownTable } from '../harness/markdown-table';
import type { PartResult } from './part-result';
import type { PoolFaultsSettings } from './pool-faults.settings';

export interface Run {
  readonly machine: Machine;
  readonly settings: PoolFaultsSettings;
  readonly sandbox: string;
}

/** In the order of a row's cells. */
const TITLES = [
  'part',
  'measured',
  'requests',
  'failed',
  'wrong',
  'programs',
  'run twice',
  'p50 s',
  'slowest s',
  'silence s',
  'fewest ready',
];

/** As a markdown table: it is read in a terminal and goes into docs as it is. */
export function table(results: readonly PartResult[]): string {
  const rows = results.map(({ what, load, fewestReady, seconds }) => [
    what,
    Object.entries(seconds)
      .map(([name, ms]) => `${inSeconds(ms)} s ${name}`)
      .join(', '),
    load.requests,
    load.failures.length,
    load.wrong.length,
    load.runs,
    load.twice,
    inSeconds(load.medianMs),
    inSeconds(load.slowestMs),
    inSeconds(load.longestSilenceMs),
    fewestReady,
  ]);
  const cells = rows.map((row) => row.map(String));
  return markdownTable(TITLES, cells, 2);
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
