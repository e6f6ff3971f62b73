import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProcProcessTable } from '../src/processes/process-table';
import type { ProcessRecord } from '../src/records/worker-record';
import type { Workplace } from './pool-settings';

const table = new ProcProcessTable();

export function isRunning(pid: number): boolean {
  return table.find(pid) !== null;
}

/** Everything that was started under a state directory and lives. */
export function workerProcesses({ stateDirectory }: Workplace): number[] {
  return table.withVariable('INTERLEAVE_STATE_DIRECTORY', stateDirectory).map(({ pid }) => pid);
}

export function records({ stateDirectory }: Workplace): ProcessRecord[] {
  const folder = join(stateDirectory, 'workers');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProcessRecord);
}

/** Ends what a failed test left behind. */
export function killLeftovers(workplace: Workplace): void {
  for (const pid of workerProcesses(workplace)) process.kill(pid, 'SIGKILL');
}
