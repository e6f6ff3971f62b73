import { isAppError } from '@interleave/kernel';
import type { ErrorCode } from '@interleave/kernel';

/** Mistakes of the caller, and a caller that has gone. */
const NOT_OURS: ReadonlySet<ErrorCode> = new Set(['invalid_request', 'context_length_exceeded', 'model_not_found', 'cancelled']);

/** Whether something of ours was missing or broken. */
export function isInfrastructureFailure(reason: unknown): boolean {
  return isAppError(reason) && !NOT_OURS.has(reason.code);
}
