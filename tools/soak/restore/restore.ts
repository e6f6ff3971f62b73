import { Services } from '../../harness/services';
import { inTurns } from '../in-turns';
import type { SoakReport } from '../soak-report';
import { CRASHES, LOOPS } from './endings';
import type { Ending } from './endings';
import { makeProgram } from './program';
import { Random } from '../../harness/random';
import { runProgram } from './run-program';
import { usableKinds } from './usable-kinds';
import type { Outcome } from './run-program';

const AT_ONCE = 4;
const SHOWN_WRONG = 20;

export interface RestoreOptions {
  readonly programs: number;
  readonly crashes: number;
  readonly seed: number;
  readonly checkpoint: string;
}

/** Random programs whose last call has to be killed: is what the server says of the state afterwards true? */
export async function checkRestore(report: SoakReport, { programs, crashes, seed, checkpoint }: RestoreOptions): Promise<void> {
  const services = new Services((line) => report.progress(line));
  try {
    const random = new Random(seed);
    const environment = { SANDBOX_CHECKPOINT: checkpoint };
    const server = await services.startToolServer({ warm: 2 * AT_ONCE, environment });
    const kinds = await usableKinds(server);
    report.progress(`  restore: ${kinds.length} kinds of variables`);
    for (const [name, count, endings] of [
      ['endless', programs, LOOPS],
      ['crash', crashes, CRASHES],
    ] as const) {
      const made = Array.from({ length: count }, (_, place) =>
        makeProgram(place + 1, endings[place % endings.length] as Ending, kinds, random),
      );
      const outcomes: Outcome[] = [];
      await inTurns(made.length, AT_ONCE, async (place) => {
        const program = made[place];
        if (program) outcomes.push(await runProgram(server, program));
        if (outcomes.length % 20 === 0) report.progress(`  restore: ${outcomes.length} of ${count} programs (${name})`);
      });
      tell(report, name, { outcomes, endings, seed, checkpoint });
    }
  } finally {
    await services.stop();
  }
}

interface Told {
  readonly outcomes: readonly Outcome[];
  readonly endings: readonly Ending[];
  readonly seed: number;
  readonly checkpoint: string;
}

function tell(report: SoakReport, name: string, { outcomes, endings, seed, checkpoint }: Told): void {
  if (outcomes.length === 0) return;
  report.say(
    `\nState after a hard kill, ${outcomes.length} programs (${name}), seed ${seed}, checkpoint ${checkpoint}, no time between the calls`,
  );
  report.say(
    `  ${'ending'.padEnd(34)}${['programs', 'restored', 'to the last', 'reset', 'kept', 'wrong'].map((title) => title.padStart(12)).join('')}`,
  );
  const line = (title: string, some: readonly Outcome[]) => {
    const tally = tallyOf(some);
    const cells = [some.length, tally.restored, tally.restoredToLast, tally.reset, tally.kept, tally.wrong];
    report.say(`  ${title.padEnd(34)}${cells.map((cell) => String(cell).padStart(12)).join('')}`);
    return tally;
  };
  for (const ending of endings) {
    const some = outcomes.filter(({ program }) => program.ending === ending);
    if (some.length > 0) line(ending.name, some);
  }
  const all = line('all', outcomes);
  const copyable = outcomes.filter(({ program }) => program.variables.every(({ kind }) => kind.reach !== 'uncopied'));
  const restorable = line('  of them without threads, pipes', copyable);
  report.figure(`restore_${name}`, {
    programs: outcomes.length,
    seed,
    checkpoint,
    ...all,
    copyable: { programs: copyable.length, ...restorable },
  });
  const outside = countBy(outcomes.flatMap((outcome) => outcome.outside));
  if (outside.size > 0)
    report.say(`  not rolled back, as documented: ${[...outside].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  const wrong = outcomes.filter((outcome) => outcome.wrong.length > 0);
  for (const { program, state, restoredCall, wrong: sentences } of wrong.slice(0, SHOWN_WRONG)) {
    report.say(`  WRONG  program ${program.number} (${program.ending.name}), ${state} ${restoredCall ?? ''}: ${sentences.join('; ')}`);
  }
  report.claim('restore', 'every claim about the state is true', wrong.length === 0, `${wrong.length} of ${outcomes.length} wrong`);
  const share = all.restored / outcomes.length;
  report.claim(
    'restore',
    'something was restored',
    checkpoint === 'off' || share > 0,
    `${(100 * share).toFixed(1)} % of all programs restored`,
  );
}

function tallyOf(outcomes: readonly Outcome[]) {
  const of = (state: Outcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  return {
    restored: of('restored'),
    restoredToLast: outcomes.filter(({ state, restoredCall, program }) => state === 'restored' && restoredCall === program.calls.length - 1)
      .length,
    reset: of('reset'),
    kept: of('kept'),
    wrong: outcomes.filter(({ wrong }) => wrong.length > 0).length,
  };
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
