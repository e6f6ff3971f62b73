import { AppError } from '@interleave/kernel';
import { EventParser } from '../http/event-parser';

/** A frame holds one step of a generation; one that grows beyond this is not from an engine. */
const MAX_FRAME_CHARACTERS = 16 * 1024 * 1024;

/** For what a worker, or model-pool, sends. A frame without end is `worker_lost`. */
export function workerEventParser(): EventParser {
  return new EventParser(MAX_FRAME_CHARACTERS, () => new AppError('worker_lost', 'The worker sent a frame without end.'));
}
