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
  /** repr of the last expression, or null. */
  readonly value: string | null;
  readonly traceback: string | null;
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  readonly wallMs: number;
}

/** The sandbox of one trajectory: its variables live from call to call. */
export interface ToolPort {
  /** The limit that a call runs under, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * Runs a program. What goes wrong inside it is a result.
   * @throws AppError when there is no sandbox or it broke (`sandbox_busy`, `sandbox_unavailable`)
   */
  execute(code: string, signal: AbortSignal): Promise<ToolResult>;
}
