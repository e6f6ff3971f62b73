import { LinkedAbort } from '@interleave/kernel';
import { NO_SILENCE } from '@interleave/worker-routing';
import type { Silence } from '@interleave/worker-routing';
import type { Watched } from './silence-watch';
import type { WorkerLostError } from './worker-lost';

/** A question about the tokenizer: however much a worker has to do, it answers soon or is lost. */
export class WatchedQuestion implements Watched {
  readonly isWaitingForWorker = true;
  readonly hasFirstToken = false;
  silence: Silence = NO_SILENCE;
  private readonly lost: LinkedAbort;

  /** @param asker aborts when nobody waits for the answer any more */
  constructor(
    readonly lastSignMs: number,
    asker: AbortSignal,
  ) {
    this.lost = new LinkedAbort(asker);
  }

  /** Aborts with the asker, or with the error when the worker is lost. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  fail(error: WorkerLostError): void {
    this.lost.abort(error);
  }

  /** To be called when the answer is there, or nobody waits for it. */
  end(): void {
    this.lost.release();
  }
}
