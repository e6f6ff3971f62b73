import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerRow, WorkerTable } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import type { Clock } from '@interleave/kernel';
import { chooseWorker } from '@interleave/worker-routing';

/** A worker that failed a request is left alone this long, unless the table says that it was restarted. */
const SUSPECT_MS = 1500;
const RECHECK_MS = 100;

/** A worker taken for one round. */
export interface WorkerLease {
  readonly worker: WorkerRow;
  /** To be called exactly once. `failed`: others should avoid the worker for a moment. */
  readonly release: (outcome: 'done' | 'failed') => void;
}

/** Knows the workers and who is busy where. The table is handed in by a source (model-pool's watch, or a static list) and outlives its absence. */
export class WorkerDirectory {
  private table: WorkerTable = { revision: 0, workers: [] };
  private readonly inFlight = new Map<string, number>();
  private readonly suspects = new Map<string, { readonly untilMs: number; readonly restarts: number }>();
  private sequence = 0;

  constructor(
    private readonly clock: Clock,
    /** How long a request waits for a worker that is coming up. */
    private readonly waitMs: number,
  ) {}

  replace(table: WorkerTable): void {
    this.table = table;
  }

  /** Names that requests may use, in the order of the table, each once. */
  servedNames(): string[] {
    return [...new Set(this.table.workers.flatMap((worker) => worker.served_names))];
  }

  workers(): readonly WorkerRow[] {
    return this.table.workers;
  }

  hasReadyWorker(): boolean {
    return this.table.workers.some((worker) => worker.status === 'ready');
  }

  /**
   * Takes a worker that serves the model, waiting while one is starting or coming back.
   * @throws AppError `model_not_found`, `no_worker`
   */
  async acquire(model: string, ownWorkerId: string | null, signal: AbortSignal): Promise<WorkerLease> {
    const deadlineMs = this.clock.nowMs() + this.waitMs;
    for (;;) {
      signal.throwIfAborted();
      const rows = this.table.workers.filter((worker) => worker.served_names.includes(model));
      if (rows.length === 0) throw this.unknownModel(model);
      const usable = rows.filter((worker) => worker.status === 'ready' && !this.isSuspect(worker));
      const candidates = usable.map((worker) => ({
        id: worker.id,
        inFlight: this.inFlight.get(worker.id) ?? 0,
        waiting: worker.load?.waiting ?? 0,
      }));
      const chosen = chooseWorker(candidates, ownWorkerId, this.sequence++);
      const worker = usable.find(({ id }) => id === chosen?.id);
      if (worker) return this.lease(worker);
      const mayComeBack = rows.some((row) => row.status !== 'failed' && row.status !== 'stopped');
      if (!mayComeBack || this.clock.nowMs() >= deadlineMs) {
        const reason = rows.find((row) => row.error !== null)?.error;
        throw new AppError('no_worker', `No worker serves ${model} at the moment.${reason ? ` ${reason}` : ''}`, {
          isRetryable: true,
          retryAfterMs: 5000,
        });
      }
      await sleep(RECHECK_MS, undefined, { signal });
    }
  }

  private lease(worker: WorkerRow): WorkerLease {
    this.inFlight.set(worker.id, (this.inFlight.get(worker.id) ?? 0) + 1);
    return {
      worker,
      release: (outcome) => {
        this.inFlight.set(worker.id, (this.inFlight.get(worker.id) ?? 1) - 1);
        if (outcome === 'failed') this.suspects.set(worker.id, { untilMs: this.clock.nowMs() + SUSPECT_MS, restarts: worker.restarts });
      },
    };
  }

  private isSuspect(worker: WorkerRow): boolean {
    const suspicion = this.suspects.get(worker.id);
    if (!suspicion) return false;
    if (worker.restarts === suspicion.restarts && this.clock.nowMs() < suspicion.untilMs) return true;
    this.suspects.delete(worker.id);
    return false;
  }

  private unknownModel(model: string): AppError {
    const served = this.servedNames();
    if (served.length === 0) return new AppError('no_worker', 'No worker has registered yet.', { isRetryable: true, retryAfterMs: 5000 });
    return new AppError('model_not_found', `The model \`${model}\` does not exist. Served here: ${served.join(', ')}.`, { param: 'model' });
  }
}
