import type { ExecutionResult } from '@interleave/contracts';
import { LOOPS } from './endings';
import { LOOK_MARK } from './program';
import type { Program, Variable } from './program';
import { compare } from './run-program';
import { memory } from './variable-kind';

const variable = (name: string, since: number, reach: 'memory' | 'outside' = 'memory'): Variable => ({
  name,
  since,
  kind: {
    ...memory(
      `kind of ${name}`,
      () => '',
      () => '',
    ),
    reach,
  },
});
const VARIABLES = [variable('a', 1), variable('b', 2), variable('f', 1, 'outside')];
const PROGRAM: Program = { number: 1, calls: ['', '', ''], variables: VARIABLES, ending: LOOPS[0]! };
/** After the first call, after the second, and before the endless part of the third. */
const SEEN: readonly Readonly<Record<string, string>>[] = [{ a: '1', f: '0' }, { a: '2', b: 'x', f: '5' }, {}];

/** A session that holds these values and nothing else. */
function sessionWith(values: Readonly<Record<string, string>>, again: Partial<ExecutionResult> = {}) {
  return (code: string): Promise<ExecutionResult> => {
    const said = code.includes('__look')
      ? values
      : VARIABLES.map(({ name }) => name).filter((name) => name in values && code.includes(`"${name}"`));
    const isUse = code.includes(`${LOOK_MARK}true`);
    const result = { status: 'ok', state: 'kept', stdout: `${LOOK_MARK}${JSON.stringify(said)}\n`, ...(isUse ? again : {}) };
    return Promise.resolve(result as ExecutionResult);
  };
}

describe('what is left of a session, compared with what the server says of it', () => {
  it('believes a state that is as it was after the call that is named', async () => {
    const found = await compare({ state: 'restored', restored_call: 2 }, PROGRAM, SEEN, sessionWith(SEEN[1]!));
    expect(found).toEqual({ wrong: [], outside: [] });
  });

  it('finds a variable that is not as it was', async () => {
    const { wrong } = await compare({ state: 'restored', restored_call: 2 }, PROGRAM, SEEN, sessionWith({ ...SEEN[1], a: '3' }));
    expect(wrong).toEqual(['kind of a (a) was 2 after call 2 and is 3']);
  });

  it('finds a variable that is gone', async () => {
    const { wrong } = await compare({ state: 'restored', restored_call: 2 }, PROGRAM, SEEN, sessionWith({ a: '2', f: '5' }));
    expect(wrong).toHaveLength(1);
  });

  it('finds a variable that came later than the state that is claimed', async () => {
    const { wrong } = await compare({ state: 'restored', restored_call: 1 }, PROGRAM, SEEN, sessionWith({ ...SEEN[0], b: 'x' }));
    expect(wrong).toEqual(['b came after call 1 and are there']);
  });

  it('finds anything at all that is left after a reset', async () => {
    const { wrong } = await compare({ state: 'reset', restored_call: null }, PROGRAM, SEEN, sessionWith({ a: '1' }));
    expect(wrong).toHaveLength(1);
  });

  it('tells what lies outside of the memory from what is wrong', async () => {
    const found = await compare({ state: 'restored', restored_call: 2 }, PROGRAM, SEEN, sessionWith({ ...SEEN[1], f: '9' }));
    expect(found).toEqual({ wrong: [], outside: ['kind of f'] });
  });

  it('finds a session that can not be used again', async () => {
    const { wrong } = await compare({ state: 'restored', restored_call: 2 }, PROGRAM, SEEN, sessionWith(SEEN[1]!, { status: 'error' }));
    expect(wrong).toHaveLength(1);
  });

  it.each([null, 0, 3, 7])('does not take %j for the call that a session was restored to', async (restoredCall) => {
    const { wrong } = await compare({ state: 'restored', restored_call: restoredCall }, PROGRAM, SEEN, sessionWith(SEEN[1]!));
    expect(wrong.length).toBeGreaterThan(0);
  });
});
