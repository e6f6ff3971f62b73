import { AppError } from '@interleave/kernel';
import type { Response } from 'express';

/**
 * A signal that aborts when the client goes away before its answer is complete. It listens to the response:
 * the request's own `close` has already fired once its body was read.
 */
export function clientSignal(response: Response): AbortSignal {
  const controller = new AbortController();
  response.on('close', () => {
    if (!response.writableEnded) controller.abort(new AppError('cancelled', 'The client closed the connection.'));
  });
  return controller.signal;
}
