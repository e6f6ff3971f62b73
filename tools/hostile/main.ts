import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isAppError } from '@interleave/kernel';
import { loadSettings } from '@interleave/settings';
import { endAfter, undoOnSignals } from '../harness/cleanup';
import { describeMachine } from '../harness/machine';
import { ALL_CASES } from './cases/all-cases';
import { RUNTIMES } from './cases/hostile-case';
import { HostileSettings } from './hostile.settings';
import { closingLine, printReport, total } from './report/print-report';
import type { RuntimeReport } from './report/runtime-report';
import { unavailableReason } from './run/available-runtimes';
import { chosen, numbered } from './run/chosen-cases';
import { runSuite } from './run/run-suite';

const MAX_MINUTES = 40;

async function main(): Promise<void> {
  undoOnSignals();
  endAfter(MAX_MINUTES);
  const settings = loadSettings(HostileSettings, { argv: process.argv.slice(2) });
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const cases = chosen(numbered(ALL_CASES), settings.only);
  const runtimes = settings.runtime.length > 0 ? settings.runtime : RUNTIMES;
  progress(`${cases.length} cases on ${runtimes.join(', ')}`);
  const reports: RuntimeReport[] = [];
  for (const runtime of runtimes) {
    const unavailable = await unavailableReason(runtime);
    if (unavailable !== null && settings.runtime.length > 0) throw new Error(`${runtime} was asked for: ${unavailable}.`);
    reports.push(
      unavailable === null
        ? await runSuite({ runtime, cases, lanes: settings.lanes, progress })
        : { runtime, unavailable, cases: [], invariants: [], neighbour: null, tookMs: 0 },
    );
  }
  if (settings.json !== undefined) writeJson(settings.json, reports);
  process.stdout.write(`${reports.map(printReport).join('')}\n${closingLine(reports)}\n`);
  process.exitCode = total(reports).failed > 0 ? 1 : 0;
}

function writeJson(path: string, reports: readonly RuntimeReport[]): void {
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ machine: describeMachine(), runtimes: reports }, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`\nhostile suite: ${error instanceof Error ? error.message : String(error)}\n`);
  if (isAppError(error) && error.code === 'invalid_settings') {
    process.exitCode = 2;
    return;
  }
  process.exitCode = 1;
  // Servers that were started before the trouble came are stopped as they are on Ctrl-C.
  process.kill(process.pid, 'SIGTERM');
});
