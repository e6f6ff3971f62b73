import type { ErrorEnvelope } from '@interleave/contracts';
import type { AppError } from '@interleave/kernel';
import { errorTypeOf } from './error-status';

/** The error as clients of every service see it. */
export function toErrorBody(error: AppError): ErrorEnvelope {
  return { error: { message: error.message, type: errorTypeOf(error.code), param: error.param, code: error.code } };
}
