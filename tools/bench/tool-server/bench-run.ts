import { isInterrupted } from '../../harness/cleanup';
import type { Services } from '../../harness/services';
import type { RunningToolServer } from '../../harness/running-tool-server';
import type { Part } from '../bench.settings';
import { cpuMeterOf } from '../cpu-meter';
import { sample, summarise } from '../measure';
import type { Load, Sample } from '../measure';
import { countOf } from '../report';
import type { Report } from '../report';

/** What every program here says. */
export const CODE = 'print(6 * 7)';
export const OUTPUT = '42\n';

const LATER_WARM_UP_MS = 200;

/** What all parts of the bench of the tool server share. */
export interface BenchRun {
  readonly report: Report;
  readonly services: Services;
  readonly seconds: number;
  readonly rounds: number;
  readonly maxClients: number;
}

/** One row to be. */
export interface Variant extends Pick<Load, 'clients' | 'client' | 'thinkMs'> {
  readonly what: string;
  readonly settings?: string;
  /** How many there must be before it starts; one for each client where it doesn't say. */
  readonly sandboxes?: number;
  /** Where the variants of a part have servers of their own. */
  readonly server?: RunningToolServer;
}

/** Measures the variants of a part in turns, so that what else the machine does weighs on all of them. */
export async function measureVariants(
  run: BenchRun,
  part: Part,
  variants: readonly Variant[],
  server: RunningToolServer | null,
): Promise<void> {
  const chosen = variants.filter(({ clients }) => clients <= run.maxClients);
  const samples = chosen.map((): Sample[] => []);
  for (let round = 0; round < run.rounds; round += 1) {
    for (const [place, { what, settings, clients, client, thinkMs, sandboxes = clients, server: own = server }] of chosen.entries()) {
      run.report.progress(
        `  ${place + 1}/${chosen.length}, round ${round + 1}/${run.rounds}: ${what}${settings ? `, ${settings}` : ''}, ${countOf(clients)}`,
      );
      await own?.untilWarm(sandboxes);
      const meter = own ? await cpuMeterOf(own) : undefined;
      const warmUpMs = round === 0 ? undefined : LATER_WARM_UP_MS;
      samples[place]?.push(
        await sample({ clients, seconds: run.seconds / run.rounds, client, thinkMs, warmUpMs, meter, isCountingFailures: true }),
      );
    }
  }
  if (isInterrupted()) return;
  for (const [place, { what, settings }] of chosen.entries()) run.report.measured(part, what, summarise(samples[place] ?? []), settings);
}
