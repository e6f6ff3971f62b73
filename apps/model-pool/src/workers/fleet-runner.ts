import type { WorkerRow } from '@interleave/contracts';
import { assertNever, Mailbox } from '@interleave/kernel';
import { chooseToWake, transitionFleet } from '@interleave/worker-lifecycle';
import type { Fleet, FleetEffect, FleetEvent, FleetWorker, Machine, WantedDeployment } from '@interleave/worker-lifecycle';
import type { AdoptedProcess } from './adopt-workers';
import type { ManagedWorker } from './managed-worker';
import type { WorkerFactory } from './worker-factory';
import type { WorkerTableStore } from './worker-table';

/** Holds the state of the fleet, performs what its reducer asks for and feeds what workers do back as events. */
export class FleetRunner {
  private state: Fleet;
  private readonly workers = new Map<string, ManagedWorker>();
  private readonly mailbox: Mailbox<FleetEvent>;
  private isRefusing = false;

  constructor(
    machine: Machine,
    private readonly factory: WorkerFactory,
    private readonly table: WorkerTableStore,
  ) {
    this.state = { machine, wanted: [], workers: [] };
    this.mailbox = new Mailbox(
      (event) => this.handle(event),
      (error) => {
        throw error;
      },
    );
  }

  get isEnding(): boolean {
    return this.isRefusing;
  }

  get fleet(): Fleet {
    return this.state;
  }

  worker(id: string): ManagedWorker | null {
    return this.workers.get(id) ?? null;
  }

  want(deployments: readonly WantedDeployment[]): void {
    this.mailbox.post({ type: 'wanted', deployments });
  }

  /** Wakes one worker of a deployment where all that could serve a request sleep, or requests wait on all that serve. */
  wakeForRequests(deployment: string, isQueued: boolean): void {
    const staying = this.state.workers.filter((worker) => worker.deployment === deployment && !worker.isRetiring);
    const chosen = chooseToWake(staying, isQueued);
    if (chosen) this.workers.get(chosen.id)?.wake('requests wait for it');
  }

  /** Takes over the processes of an earlier run, then starts what is missing. */
  begin(deployments: readonly WantedDeployment[], adopted: readonly (readonly [FleetWorker, AdoptedProcess])[]): void {
    this.state = { ...this.state, wanted: deployments, workers: adopted.map(([worker]) => worker) };
    // All of them are known before the first one says a word.
    for (const [worker, { process, facts }] of adopted) this.manage(worker).adopt(process, facts);
    this.want(deployments);
  }

  /** Nothing is started any more. */
  refuseStarts(): void {
    this.isRefusing = true;
  }

  async end(): Promise<void> {
    this.refuseStarts();
    await Promise.all([...this.workers.values()].map((worker) => worker.stop()));
  }

  private handle(event: FleetEvent): void {
    if (this.isRefusing) return;
    const { fleet, effects } = transitionFleet(this.state, event);
    this.state = fleet;
    for (const effect of effects) this.perform(effect);
  }

  private perform(effect: FleetEffect): void {
    switch (effect.type) {
      case 'start-worker':
        return this.manage(effect.worker).start(effect.because);
      case 'retire-worker':
        return this.workers.get(effect.id)?.drain(effect.because);
      case 'forget-worker':
        this.workers.delete(effect.id);
        return this.table.remove(effect.id);
      default:
        return assertNever(effect);
    }
  }

  private manage(worker: FleetWorker): ManagedWorker {
    const managed = this.factory.managed(worker, (row) => {
      // A late word of one that is forgotten: another one may have its name by now.
      if (this.workers.get(worker.id) === managed) this.onRow(row);
    });
    this.workers.set(worker.id, managed);
    return managed;
  }

  private onRow(row: WorkerRow): void {
    const known = this.state.workers.find(({ id }) => id === row.id);
    if (!known) return;
    // The last word of a worker that leaves is the end of its row, which comes after the row of its successor.
    const hasLeft = known.isRetiring && row.status === 'stopped';
    if (!hasLeft) this.table.update(row);
    // One that had stopped before it was told to leave has nothing else to say.
    if (hasLeft || known.status !== row.status) this.mailbox.post({ type: 'worker-changed', id: row.id, status: row.status });
  }
}
