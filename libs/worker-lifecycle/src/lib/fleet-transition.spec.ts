import fc from 'fast-check';
import { deviceNames } from './device';
import type { Machine } from './device';
import type { Fleet, FleetEffect, FleetEvent, WantedDeployment } from './fleet';
import { isRolloutHalted, transitionFleet } from './fleet-transition';
import { NO_GPU_LINKS } from './parse-gpu-topology';
import type { WorkerStatus } from './worker-state';

const machineOf = (gpus: number, cores = 0): Machine => ({
  gpus: Array.from({ length: gpus }, (_, index) => ({
    handle: `${index}`,
    uuid: `GPU-${index}`,
    name: 'NVIDIA H200',
    memoryMib: 143_771,
    usedMib: 1,
    isPart: false,
  })),
  links: NO_GPU_LINKS,
  cores: Array.from({ length: cores }, (_, core) => core),
});

const wanted = (copies: number, revision = 'a', changes: Partial<WantedDeployment> = {}): WantedDeployment => ({
  name: 'demo',
  revision,
  copies,
  demand: { kind: 'gpu', count: 1 },
  ...changes,
});

/** A machine that does what it is told, one change at a time. */
class World {
  fleet: Fleet;
  readonly effects: FleetEffect[] = [];

  constructor(machine: Machine) {
    this.fleet = { machine, wanted: [], workers: [] };
  }

  post(event: FleetEvent): this {
    const { fleet, effects } = transitionFleet(this.fleet, event);
    this.fleet = fleet;
    this.effects.push(...effects);
    this.check(effects);
    return this;
  }

  want(...deployments: WantedDeployment[]): this {
    return this.post({ type: 'wanted', deployments });
  }

  become(id: string, status: WorkerStatus): this {
    return this.post({ type: 'worker-changed', id, status });
  }

  ready(...ids: string[]): this {
    for (const id of ids) this.become(id, 'ready');
    return this;
  }

  /** `demo-0 ready`, `demo-1 starting retiring`, … */
  workers(): string[] {
    return this.fleet.workers.map(({ id, status, isRetiring }) => `${id} ${status}${isRetiring ? ' retiring' : ''}`);
  }

  devices(): string[][] {
    return this.fleet.workers.map(({ devices }) => deviceNames(devices));
  }

  serving(name = 'demo'): number {
    return this.fleet.workers.filter(({ deployment, status, isRetiring }) => deployment === name && status === 'ready' && !isRetiring)
      .length;
  }

  /** Starts come to their end and so do drains, until nothing changes any more. */
  settle(): void {
    for (let round = 0; round < 200; round += 1) {
      const next = this.fleet.workers.find(({ status, isRetiring }) => isRetiring || status !== 'ready');
      if (!next) return;
      this.become(next.id, next.isRetiring ? 'stopped' : 'ready');
    }
    throw new Error(`never settles: ${this.workers().join(', ')}`);
  }

  private check(effects: readonly FleetEffect[]): void {
    const ids = this.fleet.workers.map(({ id }) => id);
    // Plain throws: this runs a hundred thousand times.
    if (new Set(ids).size !== ids.length) throw new Error(`an id twice: ${ids.join()}`);
    const held = this.fleet.workers.flatMap(({ devices }) => (devices.kind === 'gpu' ? devices.gpus.map(({ handle }) => handle) : []));
    if (new Set(held).size !== held.length) throw new Error(`a device twice: ${held.join()}`);
    // No name vanishes before its successor is there.
    const forgotten = effects.findIndex(({ type }) => type === 'forget-worker');
    const started = effects.map(({ type }) => type).lastIndexOf('start-worker');
    if (forgotten !== -1 && started > forgotten) throw new Error('forgotten before its successor was there');
  }
}

describe('a fleet', () => {
  it('starts as many copies as are wanted, each on devices of its own', () => {
    const world = new World(machineOf(4)).want(wanted(2, 'a', { demand: { kind: 'gpu', count: 2 } }));

    expect(world.workers()).toEqual(['demo-0 starting', 'demo-1 starting']);
    expect(world.devices()).toEqual([
      ['gpu:0', 'gpu:1'],
      ['gpu:2', 'gpu:3'],
    ]);
  });

  it('shares all cores out, as evenly as they go', () => {
    const cores = (count: number, copies: number): string[][] =>
      new World(machineOf(0, count)).want(wanted(copies, 'a', { demand: { kind: 'cpu', count: 1 } })).devices();

    expect(cores(2, 1)).toEqual([['cpu:0-1']]);
    expect(cores(2, 2)).toEqual([['cpu:0'], ['cpu:1']]);
    expect(cores(8, 3)).toEqual([['cpu:0-2'], ['cpu:3-5'], ['cpu:6-7']]);
  });

  it('gives a core that nobody was promised to a later copy', () => {
    const cpu = { demand: { kind: 'cpu', count: 1 } } as const;
    const world = new World(machineOf(0, 2))
      .want(wanted(1, 'a', cpu))
      .ready('demo-0')
      .want(wanted(2, 'a', cpu));

    expect(world.workers()).toEqual(['demo-0 ready', 'demo-1 starting']);
  });

  it('scales down from what does not serve', () => {
    const world = new World(machineOf(3)).want(wanted(3)).ready('demo-1', 'demo-2').become('demo-0', 'backoff').want(wanted(2));

    expect(world.workers()).toEqual(['demo-0 backoff retiring', 'demo-1 ready', 'demo-2 ready']);
  });

  it('lets everything of a deleted deployment go and forgets it when it is gone', () => {
    const world = new World(machineOf(1)).want(wanted(1)).ready('demo-0').want();

    expect(world.effects.at(-1)).toMatchObject({ type: 'retire-worker', because: 'its deployment was deleted' });
    world.become('demo-0', 'draining').become('demo-0', 'stopped');
    expect(world.fleet.workers).toEqual([]);
    expect(world.effects.at(-1)).toEqual({ type: 'forget-worker', id: 'demo-0' });
  });

  it('says why there are to be more or fewer copies, in the words of whoever wants it', () => {
    const world = new World(machineOf(2)).want(wanted(1, 'a', { because: 'somebody waits' })).ready('demo-0');
    world.want(wanted(0, 'a', { because: 'evicted for other' }));

    expect(world.effects).toMatchObject([
      { type: 'start-worker', because: 'somebody waits' },
      { type: 'retire-worker', because: 'evicted for other' },
    ]);
  });

  it('gives the devices of a replacement that failed away when it is to have no copy', () => {
    const world = new World(machineOf(3)).want(wanted(2)).ready('demo-0', 'demo-1').want(wanted(2, 'b')).become('demo-2', 'failed');

    world.want(wanted(0, 'b'));

    expect(world.fleet.workers.every(({ isRetiring }) => isRetiring)).toBe(true);
  });

  it('starts what waits for a device as soon as one is free', () => {
    const world = new World(machineOf(1)).want(wanted(1), wanted(0, 'a', { name: 'other' }));
    world.ready('demo-0').want(wanted(0), wanted(1, 'a', { name: 'other' }));
    expect(world.workers()).toEqual(['demo-0 ready retiring']);

    world.become('demo-0', 'stopped');

    expect(world.workers()).toEqual(['other-0 starting']);
  });
});

describe('a replacement', () => {
  it('where a device is free has the new worker ready before the old one drains', () => {
    const world = new World(machineOf(3)).want(wanted(2)).ready('demo-0', 'demo-1').want(wanted(2, 'b'));
    expect(world.workers()).toEqual(['demo-0 ready', 'demo-1 ready', 'demo-2 starting']);

    world.ready('demo-2');
    expect(world.workers()).toEqual(['demo-0 ready', 'demo-1 ready retiring', 'demo-2 ready']);

    world.become('demo-1', 'stopped').ready('demo-3');
    expect(world.workers()).toEqual(['demo-0 ready retiring', 'demo-2 ready', 'demo-3 ready']);
  });

  it('where no device is free goes one at a time, drain first', () => {
    const world = new World(machineOf(2)).want(wanted(2)).ready('demo-0', 'demo-1').want(wanted(2, 'b'));
    expect(world.workers()).toEqual(['demo-0 ready', 'demo-1 ready retiring']);

    world.become('demo-1', 'stopped');
    expect(world.workers()).toEqual(['demo-0 ready', 'demo-2 starting']);

    world.ready('demo-2');
    expect(world.workers()).toEqual(['demo-0 ready retiring', 'demo-2 ready']);
  });

  it('of a single copy without a free device has its name in the table all the time', () => {
    const world = new World(machineOf(1)).want(wanted(1)).ready('demo-0').want(wanted(1, 'b'));

    world.become('demo-0', 'stopped');

    expect(world.effects.slice(-2)).toMatchObject([{ type: 'start-worker' }, { type: 'forget-worker', id: 'demo-0' }]);
  });

  it('that fails stands still with the old workers serving, and goes on with what mends it', () => {
    const world = new World(machineOf(3)).want(wanted(2)).ready('demo-0', 'demo-1').want(wanted(2, 'b')).become('demo-2', 'failed');
    expect(world.workers()).toEqual(['demo-0 ready', 'demo-1 ready', 'demo-2 failed']);
    expect(isRolloutHalted(world.fleet, wanted(2, 'b'))).toBe(true);

    world.want(wanted(2, 'a'));

    expect(world.workers()).toEqual(['demo-0 ready', 'demo-1 ready', 'demo-2 failed retiring']);
  });

  it('leaves workers of the right revision as they are', () => {
    const before = new World(machineOf(2)).want(wanted(1)).ready('demo-0');
    const after = new World(machineOf(2));
    after.fleet = { ...after.fleet, workers: before.fleet.workers };

    expect(after.want(wanted(1)).effects).toEqual([]);
  });

  it('a copy that sleeps counts as one that is ready: it holds no replacement up', () => {
    const world = new World(machineOf(3)).want(wanted(2)).ready('demo-0', 'demo-1').want(wanted(2, 'b')).ready('demo-2');

    world.become('demo-2', 'asleep').settle();

    expect(world.workers().every((line) => !line.includes('retiring'))).toBe(true);
    expect(world.fleet.workers.map(({ revision: own }) => own)).toEqual(['b', 'b']);
  });

  it('copies that sleep leave before those that serve', () => {
    const world = new World(machineOf(2)).want(wanted(2)).ready('demo-0', 'demo-1').become('demo-0', 'asleep').want(wanted(1));

    expect(world.workers()).toEqual(['demo-0 asleep retiring', 'demo-1 ready']);
  });
});

const revision = fc.constantFrom('a', 'b', 'c');
const step = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), demo: fc.nat(3), other: fc.nat(2), revision, size: fc.integer({ min: 1, max: 2 }) }),
  fc.record({
    kind: fc.constant('change' as const),
    pick: fc.nat(8),
    status: fc.constantFrom<WorkerStatus>(
      'starting',
      'ready',
      'falling-asleep',
      'asleep',
      'waking',
      'draining',
      'stopping',
      'stopped',
      'backoff',
      'failed',
    ),
  }),
);

describe('whatever is wanted and whatever workers do', () => {
  const play = (world: World, steps: readonly (typeof step extends fc.Arbitrary<infer Value> ? Value : never)[]): void => {
    for (const one of steps) {
      if (one.kind === 'want') {
        const other = wanted(one.other, one.revision, { name: 'other', demand: { kind: 'gpu', count: one.size } });
        world.want(wanted(one.demo, one.revision), other);
      } else {
        const worker = world.fleet.workers[one.pick % Math.max(1, world.fleet.workers.length)];
        if (worker) world.become(worker.id, one.status);
      }
    }
  };

  it('no device is held twice, no id given twice, and every effect speaks of a worker that is there', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 6 }), (steps, gpus) => {
        const world = new World(machineOf(gpus));
        play(world, steps);
        const living = new Set<string>();
        for (const effect of world.effects) {
          if (effect.type === 'start-worker') {
            if (living.has(effect.worker.id)) throw new Error(`${effect.worker.id} was started twice`);
            living.add(effect.worker.id);
          } else if (!living.has(effect.id)) throw new Error(`${effect.id} is nobody`);
          if (effect.type === 'forget-worker') living.delete(effect.id);
        }
        // No leak: what was started and not forgotten is known.
        expect([...living].sort()).toEqual(world.fleet.workers.map(({ id }) => id).sort());
      }),
      { numRuns: 1_000 },
    );
  });

  it('it becomes what is wanted once workers do what they are told', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(3), fc.nat(2), revision, (steps, demo, other, last) => {
        const world = new World(machineOf(5));
        play(world, steps);
        // A rollout that failed stands still until somebody wants something else: what failed is deleted here.
        world.want();
        world.settle();
        world.want(wanted(demo, last), wanted(other, last, { name: 'other' }));
        world.settle();
        world.want(wanted(demo, 'z'), wanted(other, 'z', { name: 'other' }));
        world.settle();

        expect(world.fleet.workers.filter(({ deployment }) => deployment === 'demo')).toHaveLength(demo);
        expect(world.fleet.workers.filter(({ deployment }) => deployment === 'other')).toHaveLength(other);
        expect(world.fleet.workers.every(({ revision: own, status }) => own === 'z' && status === 'ready')).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a replacement leaves all copies but one serving, and all of them where a device is free', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(2), fc.array(fc.nat(8), { maxLength: 60 }), (copies, spare, order) => {
        const world = new World(machineOf(copies + spare)).want(wanted(copies));
        world.settle();
        world.want(wanted(copies, 'b'));
        for (const pick of order) {
          const moving = world.fleet.workers.filter(({ status, isRetiring }) => isRetiring || status !== 'ready');
          const worker = moving[pick % Math.max(1, moving.length)];
          if (worker) world.become(worker.id, worker.isRetiring ? 'stopped' : 'ready');
          const least = spare > 0 ? copies : copies - 1;
          if (world.serving() < least) throw new Error(`${world.serving()} of ${copies} serve: ${world.workers().join(', ')}`);
        }
        world.settle();
        expect(world.fleet.workers.map(({ revision: own }) => own)).toEqual(Array.from({ length: copies }, () => 'b'));
      }),
      { numRuns: 1_000 },
    );
  });
});
