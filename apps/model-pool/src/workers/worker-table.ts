import type { ServedDeployment, WorkerRow, WorkerTable } from '@interleave/contracts';
import { Deferred } from '@interleave/kernel';

/** A reader that is this far behind loses the oldest tables; every later one holds all rows anyway. */
const MAX_BEHIND = 256;

/** All workers as the gateways see them; every change is a new revision that watchers get. */
export class WorkerTableStore {
  private readonly rows = new Map<string, WorkerRow>();
  private deployments: readonly ServedDeployment[] = [];
  private revision = 0;
  private readonly watchers = new Set<(table: WorkerTable) => void>();

  current(): WorkerTable {
    return { revision: this.revision, workers: [...this.rows.values()], deployments: this.deployments };
  }

  /** What is served, whether or not a worker of it runs. */
  serve(deployments: readonly ServedDeployment[]): void {
    if (JSON.stringify(this.deployments) === JSON.stringify(deployments)) return;
    this.deployments = deployments;
    this.publish();
  }

  /** Takes a row in; one that says nothing new changes nothing. */
  update(row: WorkerRow): void {
    if (JSON.stringify(this.rows.get(row.id)) === JSON.stringify(row)) return;
    this.rows.set(row.id, row);
    this.publish();
  }

  remove(id: string): void {
    if (this.rows.delete(id)) this.publish();
  }

  /** The table as it is, then each change, until the signal aborts. */
  async *watch(signal: AbortSignal): AsyncGenerator<WorkerTable, void, undefined> {
    const pending = [this.current()];
    let wake = new Deferred<void>();
    const watcher = (table: WorkerTable): void => {
      pending.push(table);
      if (pending.length > MAX_BEHIND) pending.shift();
      wake.resolve();
    };
    const onAbort = (): void => wake.resolve();
    this.watchers.add(watcher);
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        for (let table = pending.shift(); table !== undefined; table = pending.shift()) yield table;
        wake = new Deferred<void>();
        if (!signal.aborted && pending.length === 0) await wake.promise;
      }
    } finally {
      this.watchers.delete(watcher);
      signal.removeEventListener('abort', onAbort);
    }
  }

  private publish(): void {
    this.revision += 1;
    const table = this.current();
    for (const watcher of this.watchers) watcher(table);
  }
}
