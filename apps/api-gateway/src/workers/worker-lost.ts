import { AppError } from '@interleave/kernel';

/**
 * What became of a request. `refused`: nobody is there. `unreachable`: nobody took it in time. `busy`: the worker is full. `server-error`: a 5xx before the first byte.
 * `broken`: the answer did not come, or broke off.
 */
export type WorkerFault = 'refused' | 'unreachable' | 'busy' | 'server-error' | 'broken';

/** A worker failed a request. Another one may take it over. */
export class WorkerLostError extends AppError {
  constructor(
    readonly fault: WorkerFault,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super('worker_lost', message, { isRetryable: true, ...options });
  }

  /** Whether the worker never began with it, so that asking again costs nobody anything. */
  get wasNotBegun(): boolean {
    return this.fault === 'refused' || this.fault === 'unreachable' || this.fault === 'busy';
  }
}

const REFUSALS: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** A host that is gone, or one that has too much to do to take a connection. */
const TIMEOUTS: ReadonlySet<unknown> = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);

/** Of an error of the HTTP client before the first byte. */
export function connectionFault(error: unknown): WorkerFault {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (REFUSALS.has(code)) return 'refused';
  return TIMEOUTS.has(code) ? 'unreachable' : 'broken';
}
