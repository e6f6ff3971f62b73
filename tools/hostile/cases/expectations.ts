import type { CaseHeader, Expected, ProgramStep, StepsCase } from './hostile-case';

/** Ran out of time, was interrupted, nothing is lost. */
export const INTERRUPTED: Expected = { status: 'timeout', state: 'kept', wallMsBelow: 3500 };

/** Ran out of time and could only be killed: the state is that of an earlier call, or none, and the answer says which. */
export const KILLED_AT_TIMEOUT: Expected = { status: 'timeout', state: ['restored', 'reset'], exit: { signal: 'SIGKILL' } };

/** One of the two, as luck will have it. */
export const ENDED_AT_TIMEOUT: Expected = { status: 'timeout' };

export const OUT_OF_MEMORY: Expected = { status: 'oom', state: ['restored', 'reset'] };

export const FINE: Expected = { status: 'ok', state: 'kept', error: null };

/** An exception that the program sees; the session goes on. */
export const raises = (...types: readonly string[]): Expected => ({ status: 'error', state: 'kept', error: types });

/** The interpreter ended by itself. */
export const ends = (exit: NonNullable<Expected['exit']>): Expected => ({ status: 'killed', state: ['restored', 'reset'], exit });

/** Any end is right, as long as there is one, told truthfully, and the rest of the world goes on. */
export const ANYTHING: Expected = {};

export const valued = (value: string | RegExp): Expected => ({ ...FINE, value });

type OneProgram = CaseHeader & Omit<StepsCase, 'steps'> & Omit<ProgramStep, 'in' | 'afterMs'>;

/** A case of one program. */
export function one({ run, expect, on, stdin, timeoutMs, memoryMib, maxOutputBytes, style, ...header }: OneProgram): StepsCase {
  return {
    ...header,
    steps: [
      {
        run,
        expect,
        ...(on && { on }),
        ...(stdin !== undefined && { stdin }),
        ...(timeoutMs !== undefined && { timeoutMs }),
        ...(memoryMib !== undefined && { memoryMib }),
        ...(maxOutputBytes !== undefined && { maxOutputBytes }),
        ...(style && { style }),
      },
    ],
  };
}
