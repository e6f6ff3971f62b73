import type { ServerResponse } from 'node:http';
import { AppError } from '@interleave/kernel';

/**
 * A signal that aborts when the client goes away before its answer is complete. It listens to the response:
 * the request's own `close` has already fired once its body was read.
 */
export function clientSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const onClose = () => {
    if (!response.writableEnded) controller.abort(new AppError('cancelled', 'The client closed the connection.'));
  };
  if (response.destroyed) onClose();
  else response.on('close', onClose);
  return controller.signal;
}
