import type { Limits } from '../boot-message';

/** What the interpreter's thread is started with. */
export interface ThreadData {
  readonly pyodideFolder: string;
  /** Python modules by file name; empty when they are in the snapshot. */
  readonly sources: Readonly<Record<string, string>>;
  /** Memory of an interpreter that has done its imports, to start from. */
  readonly snapshot: Uint8Array | null;
  readonly makesSnapshot: boolean;
  readonly limits: Limits;
  readonly shared: SharedMemory;
}

/** Both threads look at these while the interpreter runs. */
export interface SharedMemory {
  /** One byte: 2 asks for a KeyboardInterrupt. */
  readonly interrupt: Uint8Array;
  /** One number: bytes of output that are on their way to the other thread. */
  readonly outputInFlight: Int32Array;
}

export interface RunRequest {
  readonly type: 'run';
  readonly cell: number;
  /** JSON, as it came. */
  readonly body: string;
  readonly stdin: Uint8Array;
  readonly isScript: boolean;
  /** Null: as much as the sandbox has. */
  readonly memoryMib: number | null;
}

export type FileRequest =
  | { readonly type: 'put'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly type: 'get' | 'delete'; readonly path: string }
  | { readonly type: 'list' };

export type ThreadRequest = RunRequest | FileRequest;

export interface FileEntry {
  readonly path: string;
  readonly size: number;
  readonly modified_at_ms: number;
}

export interface FileAnswer {
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly files?: readonly FileEntry[];
  readonly is_truncated?: boolean;
  readonly size?: number;
  readonly bytes?: Uint8Array;
}

export type ThreadMessage =
  | { readonly type: 'ready'; readonly python: string }
  | { readonly type: 'snapshot'; readonly bytes: Uint8Array }
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  /** Null: what came out is no report. */
  | { readonly type: 'report'; readonly json: string | null }
  /** The interpreter can't go on: code where it ended itself, null where it broke. */
  | { readonly type: 'ended'; readonly code: number | null }
  | { readonly type: 'file'; readonly answer: FileAnswer };
