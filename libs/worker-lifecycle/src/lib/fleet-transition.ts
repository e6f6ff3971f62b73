import { assertNever } from '@interleave/kernel';
import { chooseDevices } from './choose-devices';
import type { Fleet, FleetEffect, FleetEvent, FleetStep, FleetWorker, WantedDeployment } from './fleet';
import { isUp } from './worker-state';

/**
 * What has to be done so that the workers become what is wanted, a step at a time: every change of a worker leads to the next one.
 *
 * A replacement is rolling. Where a device is free the new worker is ready before an old one drains; where none is, an old one
 * drains first, one at a time. It goes on only while the new workers get ready: one that fails halts it, with the old ones serving.
 */
export function transitionFleet(before: Fleet, event: FleetEvent): FleetStep {
  const changed = apply(before, event);
  const gone = changed.workers.filter(({ isRetiring, status }) => isRetiring && status === 'stopped');
  const draft = new Draft({ ...changed, workers: changed.workers.filter((worker) => !gone.includes(worker)) }, gone);
  draft.retireUnwanted();
  // What is missing comes before what is only replaced.
  for (const deployment of changed.wanted) draft.match(deployment);
  for (const deployment of changed.wanted) draft.roll(deployment);
  const effects: FleetEffect[] = [...draft.effects, ...gone.map(({ id }): FleetEffect => ({ type: 'forget-worker', id }))];
  return { fleet: draft.fleet, effects };
}

function apply(fleet: Fleet, event: FleetEvent): Fleet {
  switch (event.type) {
    case 'wanted':
      return { ...fleet, wanted: event.deployments };
    case 'worker-changed':
      return {
        ...fleet,
        workers: fleet.workers.map((worker) => (worker.id === event.id ? { ...worker, status: event.status } : worker)),
      };
    default:
      return assertNever(event);
  }
}

/** Whether a replacement stands still because a new worker failed. */
export function isRolloutHalted(fleet: Fleet, { name, revision }: WantedDeployment): boolean {
  const staying = fleet.workers.filter(({ deployment, isRetiring }) => deployment === name && !isRetiring);
  return (
    staying.some((worker) => worker.revision !== revision) &&
    staying.some((worker) => worker.revision === revision && worker.status === 'failed')
  );
}

/** A fleet in the making, and how it differs from the one before. */
class Draft {
  readonly effects: FleetEffect[] = [];

  constructor(
    public fleet: Fleet,
    private readonly gone: readonly FleetWorker[],
  ) {}

  retireUnwanted(): void {
    const names = new Set(this.fleet.wanted.map(({ name }) => name));
    for (const worker of this.fleet.workers) {
      if (!worker.isRetiring && !names.has(worker.deployment)) this.retire(worker, 'its deployment was deleted');
    }
  }

  /** Starts copies that are missing and retires those that are too many. */
  match(deployment: WantedDeployment): void {
    const { copies, because } = deployment;
    // One that is to have no copy has nothing left to wait for.
    if (copies > 0 && isRolloutHalted(this.fleet, deployment)) return;
    const { old } = this.workersOf(deployment);
    for (const worker of old) if (!isUp(worker.status)) this.retire(worker, 'it is of an older revision and does not serve');
    for (const worker of worstFirst(this.workersOf(deployment).old)) {
      // As many as are wanted serve without it.
      if (this.upCount(deployment) > copies) this.retire(worker, copies === 0 ? (because ?? 'scaled to 0') : 'its replacement is ready');
    }
    const rest = this.workersOf(deployment);
    if (rest.old.length === 0) {
      const excess = Math.max(0, rest.current.length - copies);
      for (const worker of worstFirst(rest.current).slice(0, excess)) this.retire(worker, because ?? `scaled to ${copies}`);
    }
    const missing = copies - rest.current.length - rest.old.length;
    for (let started = 0; started < missing; started += 1) if (!this.start(deployment, because ?? 'a copy is missing')) return;
  }

  /** One step of a replacement. */
  roll(deployment: WantedDeployment): void {
    const { current, old } = this.workersOf(deployment);
    const [oldest] = worstFirst(old);
    const isUnderWay = current.some(({ status }) => !isUp(status) && status !== 'stopped');
    if (!oldest || isUnderWay || current.length + old.length !== deployment.copies) return;
    if (this.start(deployment, `replaces ${oldest.id}`)) return;
    const isOneLeaving = this.fleet.workers.some(({ deployment: name, isRetiring }) => name === deployment.name && isRetiring);
    if (!isOneLeaving) this.retire(oldest, 'it makes room for its replacement');
  }

  private start(deployment: WantedDeployment, because: string): boolean {
    const devices = chooseDevices(deployment, this.fleet);
    if (devices === null) return false;
    const { name, revision, demand } = deployment;
    const worker: FleetWorker = {
      id: this.freeId(name),
      deployment: name,
      revision,
      demand,
      devices,
      status: 'stopped',
      isRetiring: false,
    };
    this.fleet = { ...this.fleet, workers: [...this.fleet.workers, { ...worker, status: 'starting' }] };
    this.effects.push({ type: 'start-worker', worker, because });
    return true;
  }

  private retire(worker: FleetWorker, because: string): void {
    this.fleet = { ...this.fleet, workers: this.fleet.workers.map((one) => (one.id === worker.id ? { ...one, isRetiring: true } : one)) };
    this.effects.push({ type: 'retire-worker', id: worker.id, because });
  }

  private workersOf({ name, revision }: WantedDeployment): { current: FleetWorker[]; old: FleetWorker[] } {
    const staying = this.fleet.workers.filter(({ deployment, isRetiring }) => deployment === name && !isRetiring);
    return {
      current: staying.filter((worker) => worker.revision === revision),
      old: staying.filter((worker) => worker.revision !== revision),
    };
  }

  private upCount(deployment: WantedDeployment): number {
    const { current, old } = this.workersOf(deployment);
    return [...current, ...old].filter(({ status }) => isUp(status)).length;
  }

  /** The lowest number that nobody has, nor had until this step. */
  private freeId(name: string): string {
    const taken = new Set([...this.fleet.workers, ...this.gone].map(({ id }) => id));
    let index = 0;
    while (taken.has(`${name}-${index}`)) index += 1;
    return `${name}-${index}`;
  }
}

/** Those that serve nothing, then the newest. */
function worstFirst(workers: readonly FleetWorker[]): FleetWorker[] {
  return [...workers].reverse().sort((left, right) => Number(left.status === 'ready') - Number(right.status === 'ready'));
}
