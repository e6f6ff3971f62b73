import type { Program } from '../find-program';

/** How a program ended; see the tool server's ExecutionResult. */
export interface ToolResult {
  readonly status: 'ok' | 'error' | 'timeout' | 'oom' | 'killed' | 'output_limit';
  /** What the next call will find of the variables. */
  readonly state: 'kept' | 'restored' | 'reset';
  /** 1-based number of the call among those of its trajectory. */
  readonly call: number;
  /** With `restored`: the call after which the variables were as they are now; 0: before the first one. Null otherwise. */
  readonly restoredCall: number | null;
  /** Everything written, as a terminal would show it. */
  readonly output: string;
  readonly stdout: string;
  readonly stderr: string;
  /** repr of the last expression, or null. */
  readonly value: string | null;
  readonly traceback: string | null;
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /** How long the program ran. */
  readonly wallMs: number;
  /** How long it waited for a processor before that. */
  readonly queuedMs: number;
  /** The whole call as its caller saw it, these two and a wait for the sandbox included. */
  readonly callMs: number;
}

/** Takes what a program writes while it runs. */
export type OutputListener = (stream: 'stdout' | 'stderr', text: string) => void;

/** A call that was started before it was known that it would be asked for. */
export interface EarlyCall {
  /** As `execute` would have answered. */
  readonly result: Promise<ToolResult>;
  /** It is asked for now: from here on it is a call like any other. */
  adopt(): void;
  /** Ends the call, if it still runs, and makes it as if it had never run. Never throws. */
  takeBack(): Promise<void>;
}

/** The sandbox of one trajectory: its variables live from call to call. */
export interface ToolPort {
  /** The limit that a call runs under, in milliseconds. */
  readonly timeoutMs: number;
  /** A call is likely: gets the sandbox ready meanwhile. Never throws; what goes wrong shows in the call. */
  prepare(signal: AbortSignal): void;
  /**
   * Runs a program. What goes wrong inside it is a result.
   * @throws AppError when there is no sandbox or it broke (`sandbox_busy`, `sandbox_unavailable`)
   */
  execute(program: Program, onOutput: OutputListener, signal: AbortSignal): Promise<ToolResult>;
  /** The same, ahead of time; null where it could not be taken back. */
  startEarly(program: Program, onOutput: OutputListener, signal: AbortSignal): EarlyCall | null;
}
