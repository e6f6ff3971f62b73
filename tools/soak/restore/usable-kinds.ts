import type { RunningToolServer } from '../../harness/running-tool-server';
import { ToolCaller } from '../../harness/tool-caller';
import { LOOK_MARK } from './program';
import { VARIABLE_KINDS } from './variable-kinds';
import type { VariableKind } from './variable-kind';

const NUMBER = 5;
const TIMEOUT_MS = 60_000;

/**
 * The kinds of variables that this image has the packages for. Each is tried first: a look that changes what it looks at, or doesn't see a
 * change, would make the whole check worthless.
 */
export async function usableKinds(server: RunningToolServer): Promise<readonly VariableKind[]> {
  const usable: VariableKind[] = [];
  for (const kind of VARIABLE_KINDS) {
    const problem = await tryOut(server, kind);
    if (problem === null) usable.push(kind);
    else if (!problem.startsWith('ModuleNotFoundError')) throw new Error(`The kind "${kind.name}" is no good: ${problem}`);
  }
  return usable;
}

async function tryOut(server: RunningToolServer, kind: VariableKind): Promise<string | null> {
  const caller = new ToolCaller(server);
  const id = await caller.open();
  const run = async (code: string): Promise<string> => {
    const { status, stdout, error } = await caller.call(caller.prepare(id, { code, timeout_ms: TIMEOUT_MS }));
    return status === 'ok' ? stdout : `${error?.type}: ${error?.message} (${status})\n${code}`;
  };
  const look = () => run(`print("${LOOK_MARK}" + ascii((${kind.look('v')})))`);
  try {
    const defined = await run(kind.define('v', NUMBER));
    if (defined !== '') return defined;
    const [first, second] = [await look(), await look()];
    if (!first.startsWith(LOOK_MARK)) return first;
    if (first !== second) return `looking changes it: ${first} ${second}`;
    const changed = await run(kind.change('v', NUMBER));
    if (changed !== '') return changed;
    return (await look()) === first && kind.name !== 'pipe' ? `a change is not seen: ${first}` : null;
  } finally {
    await caller.close(id);
    caller.disconnect();
  }
}
