import { setTimeout as sleep } from 'node:timers/promises';
import type { ServedDeployment, WorkerRow, WorkerStatus, WorkerTable } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import type { Clock } from '@interleave/kernel';
import { chooseWorker, CLOSED_BREAKER, lets, PrefixIndex, transitionBreaker } from '@interleave/worker-routing';
import type { BreakerEvent, BreakerState } from '@interleave/worker-routing';
import type { HeldRequests } from './held-requests';
import { processKeyOf } from './process-key';
import type { WorkerFault } from './worker-lost';

const RECHECK_MS = 100;
/** On its way to ready. That may take minutes with a large model; whoever looks after it says when there is no hope left. */
const COMING: ReadonlySet<WorkerStatus> = new Set(['starting', 'draining', 'stopping', 'backoff']);

/** What is to be asked of a worker. */
export interface WorkerWish {
  readonly model: string;
  /** The worker that the trajectory's last round ran on. */
  readonly ownWorkerId: string | null;
  /** Of a round; a question about the tokenizer has none, and doesn't count as load. */
  readonly context: { readonly tokens: number; readonly hashes: readonly number[] } | null;
  /** Workers that have just failed the same are left alone until then. */
  readonly avoidUntilMs: ReadonlyMap<string, number>;
  /** When to give up waiting for one that should be ready, but takes nothing. */
  readonly deadlineMs: number;
}

/** A worker taken for one request. */
export interface WorkerLease {
  readonly worker: WorkerRow;
  /** The first byte of a good answer is there: however long the rest takes, the worker works. */
  readonly answered: () => void;
  /** To be called exactly once. */
  readonly release: (fault: WorkerFault | null) => void;
}

/** What the gateway knows of one worker process on top of the table. */
interface WorkerRecord {
  /** Differs for every process. */
  readonly process: string;
  breaker: BreakerState;
  inFlight: number;
}

export interface WorkerDirectoryOptions {
  /** How long a request waits for a worker that should be ready. */
  readonly waitMs: number;
  /** The same for one that is on its way, or has to be started for it. */
  readonly startWaitMs: number;
  /** Is told of requests that wait for such a model. */
  readonly held: HeldRequests;
}

/** Knows the workers and who is busy where. The table is handed in by a source (model-pool's watch, or a static list) and outlives its absence. */
export class WorkerDirectory {
  private table: WorkerTable = { revision: 0, workers: [] };
  private readonly records = new Map<string, WorkerRecord>();
  private readonly prefixes = new PrefixIndex();
  private readonly listeners: ((workers: readonly WorkerRow[]) => void)[] = [];
  private sequence = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: WorkerDirectoryOptions,
  ) {}

  replace(table: WorkerTable): void {
    this.table = table;
    const ids = new Set(table.workers.map(({ id }) => id));
    for (const id of this.records.keys()) if (!ids.has(id)) this.forget(id);
    for (const worker of table.workers) this.recordOf(worker);
    for (const listener of this.listeners) listener(table.workers);
  }

  /** Hears of every table from now on. */
  listen(listener: (workers: readonly WorkerRow[]) => void): void {
    this.listeners.push(listener);
  }

  /** Names that requests may use, in the order of the table, each once. */
  servedNames(): string[] {
    const { workers, deployments = [] } = this.table;
    return [...new Set([...deployments, ...workers].flatMap(({ served_names }) => served_names))];
  }

  workers(): readonly WorkerRow[] {
    return this.table.workers;
  }

  /** Whether there is a model that would answer a request, if need be after a start, or once a worker is awake. */
  canServe(): boolean {
    const { workers, deployments = [] } = this.table;
    // One that somebody else put to sleep is not for us to wake.
    if (workers.some(({ status, engine }) => status === 'ready' || (status === 'asleep' && engine !== 'external'))) return true;
    const hasFailed = ({ name }: ServedDeployment): boolean =>
      workers.some(({ deployment, status }) => deployment === name && status === 'failed');
    return deployments.some((deployment) => deployment.starts_on_demand && !hasFailed(deployment));
  }

  readonly nowMs = (): number => this.clock.nowMs();

  /** When a request that starts now gives up waiting for a worker that should be ready. */
  waitDeadlineMs(): number {
    return this.clock.nowMs() + this.options.waitMs;
  }

  /** What a probe of ours found. */
  probed(worker: WorkerRow, isGood: boolean): void {
    this.tell(worker, isGood ? { kind: 'answered' } : { kind: 'failed', nowMs: this.clock.nowMs() });
  }

  /**
   * Takes a worker that serves the model, waiting while one is starting or coming back; whoever can start one is told that a request waits.
   * @throws AppError `model_not_found`, `no_worker`
   */
  async acquire(wish: WorkerWish, signal: AbortSignal): Promise<WorkerLease> {
    const sinceMs = this.clock.nowMs();
    let letGo: (() => void) | null = null;
    try {
      for (;;) {
        signal.throwIfAborted();
        const rows = this.table.workers.filter((worker) => worker.served_names.includes(wish.model));
        const deployment = this.deploymentOf(wish.model);
        if (rows.length === 0 && !deployment) throw this.unknownModel(wish.model);
        const worker = this.choose(rows, wish);
        if (worker) return this.lease(worker, wish);
        this.requireHope(wish, rows, deployment, sinceMs);
        if (deployment) letGo ??= this.options.held.hold(deployment.name);
        await sleep(RECHECK_MS, undefined, { signal });
      }
    } finally {
      letGo?.();
    }
  }

  /** A request waits for a further worker of the model; to be let go of by calling what comes back, exactly once. */
  hold(model: string): () => void {
    const deployment = this.deploymentOf(model);
    return deployment ? this.options.held.hold(deployment.name) : () => undefined;
  }

  private deploymentOf(model: string): ServedDeployment | undefined {
    return this.table.deployments?.find(({ served_names }) => served_names.includes(model));
  }

  /** @throws AppError `no_worker` when there is nothing to wait for, or the time is over */
  private requireHope(wish: WorkerWish, rows: readonly WorkerRow[], deployment: ServedDeployment | undefined, sinceMs: number): void {
    const mayCome = rows.length === 0 || rows.some((row) => row.status !== 'failed' && row.status !== 'stopped');
    const isComing = deployment?.starts_on_demand || rows.some(({ status }) => COMING.has(status));
    const untilMs = isComing ? Math.max(wish.deadlineMs, sinceMs + this.options.startWaitMs) : wish.deadlineMs;
    if (mayCome && this.clock.nowMs() < untilMs) return;
    const reason =
      rows.find((row) => row.error !== null)?.error ?? (rows.find(({ status }) => status === 'ready') && 'All are full, or fail.');
    throw new AppError('no_worker', `No worker serves ${wish.model} at the moment.${reason ? ` ${reason}` : ''}`, {
      isRetryable: true,
      retryAfterMs: 5000,
    });
  }

  private choose(rows: readonly WorkerRow[], { ownWorkerId, context, avoidUntilMs }: WorkerWish): WorkerRow | null {
    const nowMs = this.clock.nowMs();
    const usable = rows.filter(
      (worker) => worker.status === 'ready' && nowMs >= (avoidUntilMs.get(worker.id) ?? 0) && this.isAsked(worker, nowMs),
    );
    const [only] = usable;
    if (usable.length < 2) return only ?? null;
    const candidates = usable.map(({ id, load }) => ({
      id,
      inFlight: this.records.get(id)?.inFlight ?? 0,
      running: load?.running ?? 0,
      waiting: load?.waiting ?? 0,
      kvCacheUse: load?.kv_cache_use ?? null,
      cachedTokens: context === null ? 0 : this.prefixes.cachedTokens(id, context.hashes),
    }));
    const chosen = chooseWorker(candidates, { contextTokens: context?.tokens ?? 0, ownWorkerId, tieBreaker: this.sequence++ });
    return usable.find(({ id }) => id === chosen?.id) ?? null;
  }

  private lease(worker: WorkerRow, { context }: WorkerWish): WorkerLease {
    const record = this.recordOf(worker);
    const isTrial = record.breaker.kind === 'half-open';
    if (isTrial) record.breaker = transitionBreaker(record.breaker, { kind: 'trial-started' });
    if (context !== null) {
      record.inFlight += 1;
      this.prefixes.record(worker.id, context.hashes);
    }
    return {
      worker,
      answered: () => this.tell(worker, { kind: 'answered' }),
      release: (fault) => {
        if (context !== null) record.inFlight -= 1;
        if (fault === 'refused') this.tell(worker, { kind: 'refused', nowMs: this.clock.nowMs() });
        else if (fault === 'server-error' || fault === 'unreachable') this.tell(worker, { kind: 'failed', nowMs: this.clock.nowMs() });
        else if (isTrial) this.tell(worker, { kind: 'trial-undecided' });
      },
    };
  }

  private isAsked(worker: WorkerRow, nowMs: number): boolean {
    const record = this.recordOf(worker);
    record.breaker = transitionBreaker(record.breaker, { kind: 'time-passed', nowMs });
    return lets(record.breaker);
  }

  /** News of a process that is no more are nothing to the one in its place. */
  private tell(worker: WorkerRow, event: BreakerEvent): void {
    const record = this.records.get(worker.id);
    if (record?.process === processKeyOf(worker)) record.breaker = transitionBreaker(record.breaker, event);
  }

  private recordOf(worker: WorkerRow): WorkerRecord {
    const known = this.records.get(worker.id);
    const process = processKeyOf(worker);
    if (known?.process === process) return known;
    this.forget(worker.id);
    const fresh: WorkerRecord = { process, breaker: CLOSED_BREAKER, inFlight: 0 };
    this.records.set(worker.id, fresh);
    return fresh;
  }

  private forget(workerId: string): void {
    this.records.delete(workerId);
    this.prefixes.forget(workerId);
  }

  private unknownModel(model: string): AppError {
    const served = this.servedNames();
    if (served.length === 0) return new AppError('no_worker', 'No worker has registered yet.', { isRetryable: true, retryAfterMs: 5000 });
    return new AppError('model_not_found', `The model \`${model}\` does not exist. Served here: ${served.join(', ')}.`, { param: 'model' });
  }
}
