import type { AppError } from '@interleave/kernel';
import { errorTypeOf } from './error-status';

/** OpenAI's error envelope: all four keys, always. */
export interface ErrorBody {
  readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string | null };
}

export function toErrorBody(error: AppError): ErrorBody {
  return { error: { message: error.message, type: errorTypeOf(error.code), param: error.param, code: error.code } };
}
