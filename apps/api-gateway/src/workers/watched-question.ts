import { NO_SILENCE } from '@interleave/worker-routing';
import type { Silence } from '@interleave/worker-routing';
import type { Watched } from './silence-watch';
import type { WorkerLostError } from './worker-lost';

/** A question about the tokenizer: however much a worker has to do, it answers soon or is lost. */
export class WatchedQuestion implements Watched {
  readonly isWaitingForWorker = true;
  readonly hasFirstToken = false;
  silence: Silence = NO_SILENCE;
  private readonly lost = new AbortController();

  constructor(readonly lastSignMs: number) {}

  /** Aborts with the error when the worker is lost. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  fail(error: WorkerLostError): void {
    this.lost.abort(error);
  }
}
