/** A regular file of a session's working directory. */
export interface SessionFile {
  /** Relative to the working directory. */
  readonly path: string;
  readonly size: number;
  readonly modifiedAtMs: number;
}

export const FILE_REFUSALS = ['not_found', 'invalid_request', 'payload_too_large', 'conflict'] as const;

/** How a file operation ended. */
export interface FileAnswer {
  /** Why it was refused, null when it was done. */
  readonly refusal: { readonly code: (typeof FILE_REFUSALS)[number]; readonly message: string } | null;
  /** Content of the file that was read; null when that is more than was allowed. */
  readonly bytes: Uint8Array | null;
  readonly files: readonly SessionFile[];
  /** There are more files than are listed. */
  readonly isTruncated: boolean;
}
