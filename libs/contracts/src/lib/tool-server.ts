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

/** A figure that the program drew, as a PNG. */
export interface ExecutionImage {
  readonly media_type: 'image/png';
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Base64. */
  readonly data: string;
}

/** Answer of `POST /v1/sessions/{id}/execute` and of `POST /v1/executions`. */
export interface ExecutionResult {
  readonly status: ExecutionStatus;
  readonly state: ExecutionState;
  /** With `restored`: the call after which the variables were as they are now. Null otherwise. */
  readonly restored_call: number | null;
  /** 1-based number of the call in its session; tracebacks name it as `<cell N>`. */
  readonly call: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout and stderr as they were written, interleaved. */
  readonly output: string;
  /** repr of the last expression, null where there is none or it is None. */
  readonly value: string | null;
  readonly error: ExecutionError | null;
  readonly images: readonly ExecutionImage[];
  /** Set when the interpreter ended. */
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /** Bytes that were written but not kept. */
  readonly truncated: { readonly stdout_bytes: number; readonly stderr_bytes: number };
  readonly wall_ms: number;
  /** Waiting for a run slot before that. */
  readonly queued_ms: number;
  readonly cpu_ms: number | null;
  readonly peak_memory_bytes: number | null;
}

/** Answer of `POST /v1/sessions`. */
export interface CreateSessionResponse {
  readonly session_id: string;
  readonly expires_after_ms: number;
}

/** Answer of `POST /v1/sessions/{id}/revoke`: `lost` where the state from before the call could not be brought back. */
export interface RevokeResponse {
  readonly revoked: 'done' | 'lost' | 'nothing';
}

/** Answer of `GET /v1/sessions/{id}`. */
export interface SessionDescription extends CreateSessionResponse {
  /** How many calls it has run. */
  readonly calls: number;
  readonly is_running: boolean;
  readonly idle_ms: number;
}

/** A regular file of a session's working directory. */
export interface SessionFile {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly modified_at_ms: number;
}

/** Answer of `GET /v1/sessions/{id}/files`. */
export interface SessionFiles {
  readonly files: readonly SessionFile[];
  /** There are more than are listed here. */
  readonly is_truncated: boolean;
}

/** How much of something may be in use at once. */
export interface Capacity {
  readonly max: number;
  readonly active: number;
  readonly waiting: number;
}

/**
 * Events of a call that is streamed (`accept: text/event-stream`); the last one is `result` or `error` (an ErrorEnvelope).
 * Text of one stream put together is that stream of the result, up to where the result was cut.
 */
export type ExecutionEvent =
  | { readonly event: 'stdout' | 'stderr'; readonly data: { readonly text: string } }
  | { readonly event: 'result'; readonly data: ExecutionResult };

/** A package that programs can import. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** What to import, where that is not the name in small letters with `_` for `-`. */
  readonly import?: string;
}

/** Answer of `GET /v1/capabilities`. */
export interface Capabilities {
  readonly sandbox: 'docker' | 'wasm';
  /** The container runtime, or the WebAssembly engine. */
  readonly runtime: string;
  /** How the server speaks to its sandboxes: past the engine, or through it. */
  readonly channel: 'direct' | 'engine';
  /** What this sandbox doesn't protect against, for people; null for a real boundary. */
  readonly warning: string | null;
  readonly python: string;
  /** `import`: what programs import, where that is not the name. */
  readonly packages: readonly { readonly name: string; readonly version: string; readonly import?: string }[];
  readonly limits: {
    readonly timeout_ms: number;
    readonly max_timeout_ms: number;
    readonly max_output_bytes: number;
    readonly memory_mib: number;
    readonly pids: number;
    readonly max_file_bytes: number;
    readonly max_images: number;
  };
  readonly checkpoint: 'off' | 'auto' | 'always';
  /** Sessions hold memory, run slots hold cores: a session that waits for its model holds no run slot. */
  readonly sessions: Capacity;
  readonly run_slots: Capacity;
}

/** Answer of VerlTool's `/get_observation`. */
export interface GetObservationResponse {
  readonly observations: readonly (string | Record<string, unknown>)[];
  readonly dones: readonly boolean[];
  readonly valids: readonly boolean[];
  readonly processing_time_ms: number;
  readonly queue_time_ms: number;
}
