import type { ExecutionState, ExecutionStatus } from '@interleave/contracts';
import type { Lab } from '../run/lab';

export const RUNTIMES = ['runc', 'runsc', 'wasm'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

type OneOf<Value> = Value | readonly Value[];

/** `lost`: no result but a 5xx that says the sandbox is gone; the session is then over, and later calls must say so. */
export type Outcome = ExecutionStatus | 'lost';

/** What a result must be; what is not mentioned may be anything. A string must be equal, an expression must match. */
export interface Expected {
  readonly status?: OneOf<Outcome>;
  readonly state?: OneOf<ExecutionState>;
  /** Type of the exception. */
  readonly error?: OneOf<string> | null;
  readonly message?: string | RegExp;
  readonly traceback?: string | RegExp;
  readonly value?: string | RegExp | null;
  readonly stdout?: string | RegExp;
  readonly stderr?: string | RegExp;
  readonly exit?: { readonly code?: number | null; readonly signal?: OneOf<string> | null } | null;
  /** Whether bytes of stdout or stderr were dropped. */
  readonly truncated?: boolean;
  readonly images?: number;
  readonly cpuMsBelow?: number;
  readonly wallMsBelow?: number;
  readonly peakMibBelow?: number;
  /** Characters of stdout and stderr in the answer, together. */
  readonly textBelow?: number;
}

interface StepPlace {
  /** `next`: the session is closed first and a new one opened. */
  readonly in?: 'next';
  /** Waits before the step. */
  readonly afterMs?: number;
}

/** A program in the case's session. */
export interface ProgramStep extends StepPlace {
  readonly run: string;
  readonly stdin?: string;
  readonly timeoutMs?: number;
  readonly memoryMib?: number;
  readonly maxOutputBytes?: number;
  readonly style?: 'notebook' | 'script';
  readonly expect: Expected;
  /** Where a runtime rightly differs. */
  readonly on?: Partial<Record<RuntimeName, Expected>>;
}

/** A request of its own; `{session}` in the path is the case's session. */
export interface RequestStep extends StepPlace {
  readonly request: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A function where it is too long to be written down. */
  readonly body?: string | Uint8Array | (() => string | Uint8Array);
  readonly answers: {
    readonly status: OneOf<number>;
    /** `error.code`. */
    readonly code?: OneOf<string>;
    readonly body?: string | RegExp;
  };
  readonly on?: Partial<Record<RuntimeName, RequestStep['answers']>>;
}

export type Step = ProgramStep | RequestStep;

/** What a case needs of a runtime beyond running Python. `notApplicable` says why a runtime hasn't got it. */
export type Need =
  | 'processes'
  | 'threads'
  | 'signals'
  | 'system-calls'
  | 'proc'
  | 'packages'
  | 'memory-limit'
  | 'disk-limit'
  | 'files-api'
  | 'containers'
  | 'host-cgroup'
  | 'checkpoints'
  | 'x86-64';

export interface CaseHeader {
  /** Row of the catalogue: A1 … H9; T rows are about checkpoints. */
  readonly row: string;
  /** What the program does, as "a program that …" would go on. */
  readonly name: string;
  readonly needs?: readonly Need[];
  /** Runtimes on which it makes no sense, each with the reason. */
  readonly notOn?: Partial<Record<RuntimeName, string>>;
}

/** An attack written down: steps in a session, what each must come to, and then the invariants that hold for all. */
export interface StepsCase extends CaseHeader {
  readonly steps: readonly Step[];
  /** It ruins its own interpreter, which may then answer anything: only that it answers counts. */
  readonly ruinsItself?: true;
  /** It leaves no memory: the next call may die of that, if it says so. */
  readonly exhausts?: true;
  /** On a server with one sandbox: `next` is then the session after it in the same one. */
  readonly alone?: true;
  readonly checkpoint?: 'off' | 'always';
}

/** An attack that needs several clients, or the machine. */
export interface ScenarioCase extends CaseHeader {
  /** Resolves to what was wrong, in sentences. */
  readonly scenario: (lab: Lab) => Promise<readonly string[]>;
  /** On a server with few sandboxes, one run permit and short deadlines. */
  readonly narrow?: true;
}

export type HostileCase = StepsCase | ScenarioCase;
