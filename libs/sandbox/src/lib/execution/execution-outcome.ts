import type { ReportedImage } from '../protocol/parse-payload';

export type ExecutionStatus = 'ok' | 'error' | 'timeout' | 'oom' | 'killed' | 'output_limit';

/** How one call ended. Status, exit, times and memory come from the supervisor, never from the code that ran. */
export interface ExecutionOutcome {
  readonly status: ExecutionStatus;
  /** It did not run: it could not have been taken back. */
  readonly isRefused: boolean;
  /** What the next call of the session finds. */
  readonly state: 'kept' | 'restored' | 'reset';
  /** With `restored`: the cell after which the variables were as they are now. */
  readonly restoredCell: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order in which they were written. */
  readonly output: string;
  /** repr of the last expression, null where there is none or it is None. */
  readonly value: string | null;
  readonly error: { readonly type: string; readonly message: string; readonly traceback: string } | null;
  readonly images: readonly ReportedImage[];
  /** Set when the interpreter ended or was asked to end. */
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /** Bytes written but not kept. */
  readonly dropped: { readonly stdoutBytes: number; readonly stderrBytes: number };
  readonly wallMs: number;
  readonly cpuMs: number | null;
  readonly peakMemoryBytes: number | null;
}
