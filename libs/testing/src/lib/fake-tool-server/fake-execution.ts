import type { ExecutionResult } from '@interleave/contracts';

/** What a call answers: the named fields of the result, the rest filled in; a text is what the code prints. */
export type FakeExecution =
  | string
  | (Partial<ExecutionResult> & {
      readonly delayMs?: number;
      /** Never answers: the call ends when the client goes away or the session is deleted. */
      readonly isStalled?: boolean;
      /** What is written while the code runs, for clients that read along; without it all of stdout at once. */
      readonly written?: readonly FakeOutput[];
      /** An error in place of a result. */
      readonly failure?: { readonly status: number; readonly code: string; readonly message?: string };
    });

/** Something that a program writes; the next thing is written after the pause. */
export interface FakeOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  readonly pauseMs?: number;
}

export interface FakeCall {
  readonly code: string;
  readonly sessionId: string;
  /** 1-based, in its session. */
  readonly callNumber: number;
  readonly timeoutMs: number | null;
  readonly stdin: string | null;
}

/** Decided per call, or answered one after another. */
export type ExecutionScript = ((call: FakeCall) => FakeExecution | Promise<FakeExecution>) | readonly FakeExecution[];

/** A successful call that prints nothing, overlaid with what the script says. */
export function toExecutionResult(execution: Exclude<FakeExecution, string>, callNumber: number): ExecutionResult {
  const { delayMs: _delayMs, isStalled: _isStalled, failure: _failure, written = [], ...fields } = execution;
  const writtenTo = (stream: FakeOutput['stream']): string =>
    written
      .filter((output) => output.stream === stream)
      .map(({ text }) => text)
      .join('');
  const stdout = fields.stdout ?? writtenTo('stdout');
  const stderr = fields.stderr ?? writtenTo('stderr');
  return {
    status: fields.error ? 'error' : 'ok',
    state: 'kept',
    restored_call: null,
    call: callNumber,
    output: `${stdout}${stderr}`,
    value: null,
    error: null,
    images: [],
    exit: null,
    truncated: { stdout_bytes: 0, stderr_bytes: 0 },
    wall_ms: 1,
    queued_ms: 0,
    cpu_ms: 1,
    peak_memory_bytes: 20_000_000,
    ...fields,
    stdout,
    stderr,
  };
}
