/** How a call ended. Facts come from the supervisor or the host, never from the code that ran. */
export type ExecutionStatus = 'ok' | 'error' | 'timeout' | 'oom' | 'killed' | 'output_limit';

/** What the next call of the session will find: the variables as this call left them, as an earlier call left them, or none. */
export type ExecutionState = 'kept' | 'restored' | 'reset';

/** An exception of the user's code. */
export interface ExecutionError {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
}

/** Answer of `POST /v1/sessions/{id}/execute`. */
export interface ExecutionResult {
  readonly status: ExecutionStatus;
  readonly state: ExecutionState;
  /** 1-based number of the call in its session; tracebacks name it as `<cell N>`. */
  readonly call: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout and stderr as they were written, interleaved. */
  readonly output: string;
  /** repr of the last expression, null where there is none or it is None. */
  readonly value: string | null;
  readonly error: ExecutionError | null;
  /** Set when the interpreter ended. */
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /** Bytes that were written but not kept. */
  readonly truncated: { readonly stdout_bytes: number; readonly stderr_bytes: number };
  readonly wall_ms: number;
  readonly cpu_ms: number | null;
  readonly peak_memory_bytes: number | null;
}

export interface CreateSessionResponse {
  readonly session_id: string;
  readonly expires_after_ms: number;
}

/** Answer of `GET /v1/capabilities`. */
export interface Capabilities {
  readonly sandbox: 'docker' | 'wasm';
  readonly runtime: string;
  readonly python: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly limits: {
    readonly timeout_ms: number;
    readonly max_timeout_ms: number;
    readonly max_output_bytes: number;
    readonly memory_mib: number;
    readonly pids: number;
  };
  readonly sessions: { readonly max: number; readonly active: number };
  readonly run_slots: { readonly max: number; readonly active: number };
}

/** Answer of VerlTool's `/get_observation`. */
export interface GetObservationResponse {
  readonly observations: readonly (string | Record<string, unknown>)[];
  readonly dones: readonly boolean[];
  readonly valids: readonly boolean[];
  readonly processing_time_ms: number;
  readonly queue_time_ms: number;
}
