import fc from 'fast-check';
import type { DemandEvent, DemandState, ScalingChange, ScalingRule, WorkerDemand } from './demand';
import { transitionDemand } from './demand-transition';
import type { Machine } from './device';
import { fitMachine } from './fit-machine';
import { fitScaling } from './fit-scaling';
import { NO_GPU_LINKS } from './parse-gpu-topology';
import type { WorkerStatus } from './worker-state';

const machineOf = (cores: number): Machine => ({
  gpus: [],
  links: NO_GPU_LINKS,
  cores: Array.from({ length: cores }, (_, core) => core),
});

const rules = fc
  .array(
    fc.record({
      minCopies: fc.nat(1),
      more: fc.nat(2),
      start: fc.nat(3),
      size: fc.integer({ min: 1, max: 3 }),
      scaleUpAfterMs: fc.constantFrom(500, 2_000),
      scaleDownAfterMs: fc.constantFrom(2_000, 60_000),
      swapAfterMs: fc.constantFrom(1_000, 30_000),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((all) =>
    all.map(({ minCopies, more, start, size, ...times }, index): ScalingRule => {
      const maxCopies = Math.max(1, minCopies + more);
      const startCopies = Math.min(maxCopies, Math.max(minCopies, start));
      return { name: `m${index}`, minCopies, maxCopies, startCopies, demand: { kind: 'cpu', count: size }, ...times };
    }),
  );

const setting = fc
  .record({ rules, cores: fc.integer({ min: 1, max: 6 }) })
  .filter(({ rules: all, cores }) => fitScaling(all, machineOf(cores)).kind === 'fits');

const status = fc.constantFrom<WorkerStatus>('starting', 'ready', 'ready', 'ready', 'backoff', 'failed', 'stopped', 'draining');
const step = fc.record({
  passMs: fc.constantFrom(0, 100, 500, 2_000, 30_000),
  kind: fc.constantFrom('see', 'see', 'hold', 'declare'),
  pick: fc.nat(4),
  amount: fc.nat(4),
  statuses: fc.array(status, { minLength: 1, maxLength: 6 }),
  loads: fc.array(fc.option(fc.record({ running: fc.nat(2), waiting: fc.nat(2) })), { minLength: 1, maxLength: 6 }),
});
type OneStep = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

class Pool {
  nowMs = 0;
  readonly changes: ScalingChange[] = [];
  state: DemandState;

  constructor(
    readonly rules: readonly ScalingRule[],
    cores: number,
  ) {
    this.state = { machine: machineOf(cores), deployments: [] };
    this.post({ type: 'declared', nowMs: 0, rules });
  }

  post(event: DemandEvent): void {
    const { state, changes } = transitionDemand(this.state, event);
    this.state = state;
    this.changes.push(...changes);
    // Plain throws: this runs a hundred thousand times.
    for (const { rule, copies } of state.deployments) {
      if (copies < rule.minCopies || copies > rule.maxCopies) throw new Error(`${rule.name} has ${copies}`);
    }
    const demands = state.deployments.map(({ rule: { name, demand }, copies }) => ({ name, demand, copies }));
    if (fitMachine(demands, state.machine).kind !== 'fits') throw new Error(`does not fit: ${JSON.stringify(demands)}`);
  }

  play({ passMs, kind, pick, amount, statuses, loads }: OneStep, canDeclare: boolean): void {
    this.nowMs += passMs;
    const { nowMs } = this;
    const one = this.rules[pick % this.rules.length] as ScalingRule;
    if (kind === 'hold') {
      return this.post({ type: 'requests-held', nowMs, deployment: one.name, gateway: `g${amount}`, requests: amount, leaseMs: 5_000 });
    }
    if (kind === 'declare' && canDeclare) {
      const startCopies = Math.min(one.maxCopies, Math.max(one.minCopies, amount));
      return this.post({ type: 'declared', nowMs, rules: this.rules.map((rule) => (rule === one ? { ...rule, startCopies } : rule)) });
    }
    let index = 0;
    const workers = this.state.deployments.flatMap(({ rule: { name }, copies }) =>
      Array.from({ length: copies }, (): WorkerDemand => {
        index += 1;
        return { deployment: name, status: statuses[index % statuses.length] ?? 'ready', load: loads[index % loads.length] ?? null };
      }),
    );
    this.post({ type: 'workers-seen', nowMs, workers });
  }
}

describe('whatever is asked and whatever workers do', () => {
  it('nobody has fewer or more copies than declared, and all of them fit', () => {
    fc.assert(
      fc.property(setting, fc.array(step, { maxLength: 60 }), ({ rules: all, cores }, steps) => {
        const pool = new Pool(all, cores);
        for (const one of steps) pool.play(one, true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('the number of copies does not flap: from one more to the next goes the shortest of the times declared', () => {
    fc.assert(
      fc.property(setting, fc.array(step, { maxLength: 80 }), ({ rules: all, cores }, steps) => {
        const pool = new Pool(all, cores);
        const begun = pool.changes.length;
        // A worker that fails is given up at once: how often it may, the restart policy says.
        for (const one of steps)
          pool.play({ ...one, statuses: one.statuses.filter((each) => each !== 'failed' && each !== 'stopped') }, false);
        const shortestMs = Math.min(2_000, ...all.flatMap((rule) => [rule.scaleUpAfterMs, rule.scaleDownAfterMs, rule.swapAfterMs]));
        for (const { name, startCopies } of all) {
          const own = pool.changes.slice(begun).filter(({ deployment }) => deployment === name);
          const ups = own.filter(({ before, copies }) => copies > before).length;
          if (ups > pool.nowMs / shortestMs + 1) throw new Error(`${ups} in ${pool.nowMs} ms`);
          if (own.length > 2 * ups + startCopies) throw new Error(`${own.length} changes, ${ups} up`);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('a request that waits has a copy after a bounded time, whoever else is busy', () => {
    const START_MS = 3_000;
    const TICK_MS = 500;
    fc.assert(
      fc.property(
        setting,
        fc.nat(4),
        fc.array(fc.array(fc.nat(3), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 30 }),
        (world, pick, course) => {
          const pool = new Pool(world.rules, world.cores);
          const patient = world.rules[pick % world.rules.length] as ScalingRule;
          const readyAtMs = new Map<string, number>();
          const longestMs = Math.max(...world.rules.map(({ swapAfterMs }) => swapAfterMs));
          const boundMs = world.rules.length * (longestMs + START_MS + 2 * TICK_MS);
          for (let tick = 0; pool.nowMs <= boundMs; tick += 1) {
            const requests = course[tick % course.length] ?? [];
            const workers = pool.state.deployments.flatMap(({ rule: { name }, copies }, index) => {
              if (copies === 0) readyAtMs.delete(name);
              else if (!readyAtMs.has(name)) readyAtMs.set(name, pool.nowMs + START_MS);
              const isReady = pool.nowMs >= (readyAtMs.get(name) ?? Infinity);
              const load = { running: requests[index] ?? 0, waiting: requests[4 - index] ?? 0 };
              return Array.from({ length: copies }, (): WorkerDemand => ({
                deployment: name,
                status: isReady ? 'ready' : 'starting',
                load,
              }));
            });
            pool.post({ type: 'workers-seen', nowMs: pool.nowMs, workers });
            world.rules.forEach(({ name }, index) => {
              const held = name === patient.name ? 1 : (requests[index] ?? 0);
              pool.post({ type: 'requests-held', nowMs: pool.nowMs, deployment: name, gateway: 'g', requests: held, leaseMs: 5_000 });
            });
            if (pool.state.deployments.some(({ rule, copies }) => rule.name === patient.name && copies > 0)) return;
            pool.nowMs += TICK_MS;
          }
          throw new Error(`${patient.name} still waits after ${pool.nowMs} ms`);
        },
      ),
      { numRuns: 500 },
    );
  });
});
