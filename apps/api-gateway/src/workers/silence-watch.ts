import type { WorkerRow, WorkerStatus } from '@interleave/contracts';
import type { Clock } from '@interleave/kernel';
import { look, lostBecause } from '@interleave/worker-routing';
import type { Silence, WorkerSign } from '@interleave/worker-routing';
import type { OnApplicationShutdown } from '@nestjs/common';
import { WorkerLostError } from './worker-lost';

/** Something that is wanted of a worker: it is told when there is no more hope. */
export interface Watched {
  readonly lastSignMs: number;
  readonly isWaitingForWorker: boolean;
  readonly hasFirstToken: boolean;
  silence: Silence;
  fail(error: WorkerLostError): void;
}

/** Whoever looks after a worker with these words is about to end its process, or has. */
const ENDING: ReadonlySet<WorkerStatus> = new Set(['stopping', 'stopped', 'backoff', 'failed']);

/**
 * Looks after workers whose streams are silent. However many of them there are, a worker is asked once per interval, and only while one of its streams
 * has said nothing for that long; what counts as lost is decided by `lostBecause`.
 */
export class SilenceWatch implements OnApplicationShutdown {
  private readonly streams = new Map<Watched, WorkerRow>();
  private readonly asking = new Set<string>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly intervalMs: number,
    private readonly ask: (worker: WorkerRow) => Promise<WorkerSign>,
  ) {}

  /** @returns to be called when the stream has ended */
  add(stream: Watched, worker: WorkerRow): () => void {
    this.streams.set(stream, worker);
    // One timer for all streams, for as long as the process lives: a round is too short to be worth one.
    this.timer ??= setInterval(() => this.lookAround(), this.intervalMs).unref();
    return () => this.streams.delete(stream);
  }

  /** A worker that is being ended finishes nothing any more, and may take long to say so. */
  tableChanged(workers: readonly WorkerRow[]): void {
    // What others run is theirs to end: a probe of theirs that fails says nothing of a stream.
    const ending = workers.filter(({ status, engine }) => ENDING.has(status) && engine !== 'external');
    if (ending.length === 0) return;
    for (const [stream, { id, url }] of this.streams) {
      const row = ending.find((worker) => worker.id === id && worker.url === url);
      if (row) stream.fail(new WorkerLostError('broken', `The worker is ${row.status}.`));
    }
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private lookAround(): void {
    const silentSinceMs = this.clock.nowMs() - this.intervalMs;
    const silent = new Map<string, { readonly worker: WorkerRow; readonly streams: Watched[] }>();
    for (const [stream, worker] of this.streams) {
      if (stream.lastSignMs > silentSinceMs || !stream.isWaitingForWorker) continue;
      const entry = silent.get(worker.url) ?? { worker, streams: [] };
      entry.streams.push(stream);
      silent.set(worker.url, entry);
    }
    for (const { worker, streams } of silent.values()) void this.lookAt(worker, streams, silentSinceMs);
  }

  private async lookAt(worker: WorkerRow, streams: readonly Watched[], silentSinceMs: number): Promise<void> {
    if (this.asking.has(worker.url)) return;
    this.asking.add(worker.url);
    try {
      const sign = await this.ask(worker);
      for (const stream of streams) {
        // It may have spoken, or ended, meanwhile.
        if (!this.streams.has(stream) || stream.lastSignMs > silentSinceMs || !stream.isWaitingForWorker) continue;
        stream.silence = look(stream.silence, sign);
        const reason = lostBecause(stream.silence, stream.hasFirstToken);
        if (reason !== null) stream.fail(new WorkerLostError('broken', `The worker fell silent, and ${reason}.`));
      }
    } finally {
      this.asking.delete(worker.url);
    }
  }
}
