import type { Ending } from './endings';
import type { Random } from '../../harness/random';
import type { VariableKind } from './variable-kind';

const MAX_CALLS = 4;
/** What the program prints of its variables stands on a line of its own. */
export const LOOK_MARK = 'LOOK ';

export interface Variable {
  readonly name: string;
  readonly kind: VariableKind;
  /** Number of the call that made it. */
  readonly since: number;
}

/** Calls that build up state, and one more that changes some of it and never comes back. */
export interface Program {
  readonly number: number;
  /** The last one is the one that has to be killed. */
  readonly calls: readonly string[];
  readonly variables: readonly Variable[];
  readonly ending: Ending;
}

/** @param kinds to choose from */
export function makeProgram(number: number, ending: Ending, kinds: readonly VariableKind[], random: Random): Program {
  const variables: Variable[] = [];
  const calls: string[] = [];
  const count = random.between(1, MAX_CALLS);
  for (let call = 1; call <= count; call += 1) {
    const changes = changesOf(variables, random);
    const fresh = Array.from({ length: random.between(1, 4) }, (_, place): Variable => ({
      name: `v${call}_${place}`,
      kind: anyOf(kinds, random),
      since: call,
    }));
    const definitions = fresh.map(({ name, kind }) => kind.define(name, random.below(90)));
    variables.push(...fresh);
    calls.push([...changes, ...definitions, lookAt(variables)].join('\n'));
  }
  calls.push([...changesOf(variables, random), lookAt(variables), ending.code].join('\n'));
  return { number, calls, variables, ending };
}

/** What makes a program say of these variables all that there is to say. */
export function lookAt(variables: readonly Variable[]): string {
  const looks = variables.map(({ name, kind }) => [name, kind.look(name)]);
  return `
def __look():
    import hashlib, json
    seen = {}
    for name, look in json.loads(${JSON.stringify(JSON.stringify(looks))}):
        try:
            text = repr(eval(look, globals()))
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        seen[name] = text if len(text) <= 200 else hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    return json.dumps(seen)
print("${LOOK_MARK}" + __look(), flush=True)`;
}

/** Which of these names the session knows. */
export function namesThere(variables: readonly Variable[]): string {
  return `print("${LOOK_MARK}" + __import__("json").dumps([name for name in ${JSON.stringify(variables.map(({ name }) => name))} if name in globals()]))`;
}

/** Each variable whose whole is in memory, used once more: a name that is there need not work. */
export function useAgain(variables: readonly Variable[]): string {
  const changes = variables.filter(({ kind }) => kind.reach === 'memory').map(({ name, kind }) => kind.change(name, 7));
  return [...changes, `print("${LOOK_MARK}true")`].join('\n');
}

function changesOf(variables: readonly Variable[], random: Random): string[] {
  return variables.filter(() => random.chance(0.5)).map(({ name, kind }) => kind.change(name, random.below(90)));
}

function anyOf(kinds: readonly VariableKind[], random: Random): VariableKind {
  const total = kinds.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let left = (random.below(1_000_000) / 1_000_000) * total;
  const chosen = kinds.find(({ weight = 1 }) => (left -= weight) < 0) ?? kinds[0];
  if (!chosen) throw new Error('There is no kind of variable to choose from.');
  return chosen;
}
