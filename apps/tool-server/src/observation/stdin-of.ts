import { AppError } from '@interleave/kernel';
import { isTruthy } from '@interleave/sandbox';
import type { ExtractedProgram } from '@interleave/sandbox';
import type { ObservationItem } from './observation-item';

/**
 * What a program reads: the input of the action, else that of the request.
 * @throws AppError `invalid_request`
 */
export function stdinOf(item: ObservationItem, program: ExtractedProgram): string {
  const stdin = program.stdin ?? item.stdin;
  if (typeof stdin === 'string') return stdin;
  if (isTruthy(stdin)) throw new AppError('invalid_request', 'stdin of the extra fields is not text.', { param: 'extra_fields' });
  return '';
}
