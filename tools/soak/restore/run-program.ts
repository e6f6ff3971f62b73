import type { ExecutionResult } from '@interleave/contracts';
import type { RunningToolServer } from '../../harness/running-tool-server';
import { ToolCaller } from '../../harness/tool-caller';
import { LOOK_MARK, lookAt, namesThere, useAgain } from './program';
import type { Program, Variable } from './program';
import type { VariableKind } from './variable-kind';

/** Of a call that builds up state: the first `import pandas` of a session takes a while on a busy machine. */
const CALL_TIMEOUT_MS = 60_000;
/** Long enough for what comes before the endless part, also on a busy machine. */
const LAST_TIMEOUT_MS = 700;
const MAX_TRIES = 3;

export interface Outcome {
  readonly program: Program;
  /** What the server said of the state after the kill. */
  readonly state: ExecutionResult['state'];
  readonly restoredCall: number | null;
  /** What is not as the server said, in sentences. */
  readonly wrong: readonly string[];
  /** Variables whose part outside of the session's memory is not as it was. */
  readonly outside: readonly VariableKind['name'][];
  /** From the request of the last call to its answer. */
  readonly lastCallMs: number;
}

/** Runs a program to its end and compares what is left of its session with what the server says of it. */
export async function runProgram(server: RunningToolServer, program: Program): Promise<Outcome> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const outcome = await tryProgram(server, program);
    if (outcome) return outcome;
  }
  throw new Error(`program ${program.number} never came to its endless part within ${LAST_TIMEOUT_MS} ms: the machine is too busy`);
}

/** @returns null when its time was over before its endless part: it says nothing then */
async function tryProgram(server: RunningToolServer, program: Program): Promise<Outcome | null> {
  const caller = new ToolCaller(server);
  const id = await caller.open();
  const run = (code: string, timeoutMs: number) => caller.call(caller.prepare(id, { code, timeout_ms: timeoutMs }));
  try {
    const seen: Readonly<Record<string, string>>[] = [];
    const early = program.calls.slice(0, -1);
    for (const [place, code] of early.entries()) {
      const result = await run(code, CALL_TIMEOUT_MS);
      if (result.status !== 'ok')
        throw new Error(`call ${place + 1} of program ${program.number}: ${result.status}, ${result.error?.traceback}\n${code}`);
      seen.push(saidBy(result));
    }
    const startMs = performance.now();
    const killed = await run(program.calls.at(-1) ?? '', LAST_TIMEOUT_MS);
    const lastCallMs = performance.now() - startMs;
    if (killed.state === 'kept' && !killed.stdout.includes(LOOK_MARK)) return null;
    seen.push(killed.state === 'kept' ? saidBy(killed) : {});
    const { wrong, outside } = await compare(killed, program, seen, (code) => run(code, CALL_TIMEOUT_MS));
    return { program, state: killed.state, restoredCall: killed.restored_call, wrong, outside, lastCallMs };
  } finally {
    await caller.close(id);
    caller.disconnect();
  }
}

/**
 * Exported for its spec.
 * @param seen what each call said of the variables at its end; of the last one, before its endless part
 */
export async function compare(
  killed: Pick<ExecutionResult, 'state' | 'restored_call'>,
  program: Program,
  seen: readonly Readonly<Record<string, string>>[],
  run: (code: string) => Promise<ExecutionResult>,
): Promise<Pick<Outcome, 'wrong' | 'outside'>> {
  const wrong: string[] = [];
  const outside: string[] = [];
  const call = killed.state === 'kept' ? seen.length : killed.state === 'reset' ? 0 : (killed.restored_call ?? -1);
  if (call < 0 || call > seen.length || (killed.state === 'restored' && call === seen.length)) {
    return { wrong: [`state ${killed.state} with restored_call ${killed.restored_call} after ${seen.length} calls`], outside };
  }
  const known = program.variables.filter(({ since }) => since <= call);
  const later = program.variables.filter(({ since }) => since > call);
  const there = saidBy<string[]>(await run(namesThere(later)));
  if (there.length > 0) wrong.push(`${there.join(', ')} came after call ${call} and are there`);
  const now = saidBy<Record<string, string>>(await run(lookAt(known)));
  const then = seen[call - 1] ?? {};
  for (const variable of known.filter(({ name }) => now[name] !== then[name])) {
    if (variable.kind.reach === 'outside') outside.push(variable.kind.name);
    else wrong.push(describe(variable, call, then[variable.name], now[variable.name]));
  }
  const again = await run(useAgain(known));
  if (again.status !== 'ok' || again.state !== 'kept') wrong.push(`used again: ${again.status}, ${again.error?.message}`);
  return { wrong, outside };
}

function describe({ name, kind }: Variable, call: number, then: string | undefined, now: string | undefined): string {
  return `${kind.name} (${name}) was ${then} after call ${call} and is ${now}`;
}

function saidBy<Said = Record<string, string>>(result: ExecutionResult): Said {
  const line = result.stdout.split('\n').find((each) => each.startsWith(LOOK_MARK));
  if (line === undefined) throw new Error(`a call did not say what there is: ${JSON.stringify(result).slice(0, 2000)}`);
  return JSON.parse(line.slice(LOOK_MARK.length)) as Said;
}
