import type { DemandEvent, DemandState, ScalingChange, ScalingRule, WorkerDemand } from './demand';
import { transitionDemand } from './demand-transition';
import type { Machine } from './device';
import { NO_GPU_LINKS } from './parse-gpu-topology';

const rule = (changes: Partial<ScalingRule> = {}): ScalingRule => ({
  name: 'a',
  minCopies: 0,
  maxCopies: 3,
  startCopies: 1,
  demand: { kind: 'cpu', count: 1 },
  scaleUpAfterMs: 2_000,
  scaleDownAfterMs: 60_000,
  swapAfterMs: 30_000,
  ...changes,
});

/** Workers that do at once what they are told, unless a test says otherwise. */
class Pool {
  nowMs = 0;
  readonly changes: ScalingChange[] = [];
  private state: DemandState;

  constructor(cores: number) {
    const machine: Machine = { gpus: [], links: NO_GPU_LINKS, cores: Array.from({ length: cores }, (_, core) => core) };
    this.state = { machine, deployments: [] };
  }

  declare(...all: (ScalingRule | { readonly present: ReadonlyMap<string, number> })[]): this {
    const rules = all.filter((one) => 'name' in one);
    const found = all.find((one) => 'present' in one);
    return this.post({ type: 'declared', nowMs: this.nowMs, rules, ...found });
  }

  hold(deployment: string, requests: number, gateway = 'g', leaseMs = 5_000): this {
    return this.post({ type: 'requests-held', nowMs: this.nowMs, deployment, gateway, requests, leaseMs });
  }

  /** Each deployment has its copies ready, with these requests in each of them. */
  see(loads: Record<string, WorkerDemand['load'] | WorkerDemand['status']> = {}): this {
    const workers = this.state.deployments.flatMap(({ rule: { name }, copies }) =>
      Array.from({ length: copies }, (): WorkerDemand => {
        const load = loads[name] ?? { running: 0, waiting: 0 };
        return typeof load === 'string' ? { deployment: name, status: load, load: null } : { deployment: name, status: 'ready', load };
      }),
    );
    return this.post({ type: 'workers-seen', nowMs: this.nowMs, workers });
  }

  pass(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  copies(): Record<string, number> {
    return Object.fromEntries(this.state.deployments.map(({ rule: { name }, copies }) => [name, copies]));
  }

  last(): string {
    const change = this.changes.at(-1);
    return change ? `${change.deployment} ${change.before}→${change.copies}: ${change.because}` : 'none';
  }

  private post(event: DemandEvent): this {
    const { state, changes } = transitionDemand(this.state, event);
    this.state = state;
    this.changes.push(...changes);
    return this;
  }
}

const BUSY = { running: 4, waiting: 3 };
const WORKING = { running: 4, waiting: 0 };

describe('copies of a deployment', () => {
  it('are what was declared, and stay so where nothing else was', () => {
    const pool = new Pool(4).declare(rule({ minCopies: 2, maxCopies: 2, startCopies: 2 }));
    for (let round = 0; round < 10; round += 1) pool.pass(60_000).see({ a: BUSY }).pass(60_000).see();

    expect(pool.changes).toEqual([{ deployment: 'a', before: 0, copies: 2, because: null }]);
  });

  it('are one more when requests have waited on all of them for the time', () => {
    const pool = new Pool(4).declare(rule()).see({ a: BUSY }).pass(1_999).see({ a: BUSY });
    expect(pool.copies()).toEqual({ a: 1 });

    expect(pool.pass(1).see({ a: BUSY }).last()).toBe('a 1→2: scaled up: 3 requests waited, some for 2 s');
  });

  it('are not more while one of them has no queue, or is still on its way', () => {
    const pool = new Pool(4).declare(rule()).see({ a: BUSY }).pass(1_500).see({ a: WORKING }).pass(1_500).see({ a: BUSY });
    expect(pool.copies()).toEqual({ a: 1 });

    pool.pass(2_000).see({ a: BUSY }).see({ a: 'starting' }).pass(10_000).see({ a: 'starting' });
    expect(pool.copies()).toEqual({ a: 2 });
  });

  it('are never more than declared, nor than fit', () => {
    const [most, fitting] = [new Pool(9).declare(rule()), new Pool(2).declare(rule())];
    for (let round = 0; round < 20; round += 1) for (const pool of [most, fitting]) pool.pass(2_000).see({ a: BUSY });

    expect([most.copies(), fitting.copies()]).toEqual([{ a: 3 }, { a: 2 }]);
  });

  it('are one less after each such time with fewer requests than copies, down to the least', () => {
    const pool = new Pool(4)
      .declare(rule({ minCopies: 1, startCopies: 3 }))
      .see()
      .pass(59_999)
      .see();
    expect(pool.copies()).toEqual({ a: 3 });
    expect(pool.pass(1).see().last()).toBe('a 3→2: scaled down: no request for 60 s');

    for (let round = 0; round < 5; round += 1) pool.see().pass(60_000).see();
    expect(pool.copies()).toEqual({ a: 1 });
  });

  it('stay while every one of them is needed, or has not said what it does', () => {
    const pool = new Pool(4).declare(rule({ startCopies: 2 }));
    for (let round = 0; round < 10; round += 1) pool.pass(30_000).see({ a: { running: 1, waiting: 0 } });
    for (let round = 0; round < 10; round += 1) pool.pass(30_000).see({ a: 'starting' });

    expect(pool.copies()).toEqual({ a: 2 });
  });

  it('are one as soon as a request waits for none, and none again after the time', () => {
    const pool = new Pool(1).declare(rule({ startCopies: 0 })).see();
    expect(pool.copies()).toEqual({ a: 0 });

    expect(pool.hold('a', 2).last()).toBe('a 0→1: 2 requests wait for it');
    pool.see().hold('a', 0).see().pass(60_000).see();
    expect(pool.last()).toBe('a 1→0: scaled down: no request for 60 s');
  });

  it('count what several gateways hold, and forget one that does not speak any more', () => {
    const pool = new Pool(1)
      .declare(rule({ startCopies: 1 }))
      .see()
      .hold('a', 1, 'one', 70_000)
      .hold('a', 1, 'two');
    pool.hold('a', 0, 'two').pass(60_000).see();
    expect(pool.copies()).toEqual({ a: 1 });

    pool.pass(10_001).see().pass(60_000).see();
    expect(pool.copies()).toEqual({ a: 0 });
  });

  it('are again as many as somebody says, within the bounds', () => {
    const pool = new Pool(4)
      .declare(rule())
      .see()
      .declare(rule({ startCopies: 3 }));
    expect(pool.copies()).toEqual({ a: 3 });
    pool.declare(rule({ startCopies: 3, maxCopies: 2 })).declare(rule({ minCopies: 2, startCopies: 0 }));

    expect(pool.copies()).toEqual({ a: 2 });
  });

  it('are those that a crash has left, and again the declared ones only when somebody says so', () => {
    const pool = new Pool(1).declare({ present: new Map([['b', 1]]) }, rule(), rule({ name: 'b' }), rule({ name: 'c' }));
    expect(pool.copies()).toEqual({ a: 0, b: 1, c: 0 });

    pool.see({ b: WORKING }).declare(rule(), rule({ name: 'b' }), rule({ name: 'c' }));
    expect(pool.copies()).toEqual({ a: 0, b: 1, c: 0 });
  });

  it('that have failed are given up after the time, so that a later request tries anew', () => {
    const pool = new Pool(1).declare(rule()).see({ a: 'failed' }).pass(60_000).see({ a: 'failed' });

    expect(pool.last()).toBe('a 1→0: scaled down: it has failed, and nothing came of it for 60 s');
  });
});

describe('copies that somebody drained', () => {
  it('stay, stopped, until somebody restarts them, or another deployment needs their devices', () => {
    const pool = new Pool(1)
      .declare(rule(), rule({ name: 'b' }))
      .see({ a: 'stopped' })
      .pass(600_000)
      .see({ a: 'stopped' });
    expect(pool.copies()).toEqual({ a: 1, b: 0 });

    expect(pool.hold('b', 1).copies()).toEqual({ a: 0, b: 1 });
  });
});

describe('deployments that do not fit together', () => {
  const two = (changes: Partial<ScalingRule> = {}): Pool =>
    new Pool(1).declare(rule({ maxCopies: 1 }), rule({ name: 'b', maxCopies: 1, ...changes }));

  it('have what fits, the first one first', () => {
    expect(two().copies()).toEqual({ a: 1, b: 0 });
  });

  it('take what another one does not use, once that is so for a moment', () => {
    const pool = two().see().hold('b', 1);
    expect(pool.copies()).toEqual({ a: 1, b: 0 });

    pool.pass(2_000).hold('b', 1);

    expect(pool.copies()).toEqual({ a: 0, b: 1 });
    expect(pool.changes.slice(-2).map(({ because }) => because)).toEqual([
      'evicted for b: 1 request waits for it',
      '1 request waits for it',
    ]);
  });

  it('take what has failed at once', () => {
    expect(two().see({ a: 'failed' }).hold('b', 1).copies()).toEqual({ a: 0, b: 1 });
  });

  it('take turns when both have requests', () => {
    const pool = two().see({ a: WORKING });
    for (const name of ['b', 'a', 'b', 'a']) {
      const other = name === 'a' ? 'b' : 'a';
      pool
        .hold(name, 1, 'g', 100_000)
        .see({ [other]: BUSY })
        .pass(29_999)
        .see({ [other]: BUSY });
      expect(pool.copies()).toMatchObject({ [name]: 0, [other]: 1 });
      pool.pass(1).see({ [other]: BUSY });
      expect(pool.copies()).toMatchObject({ [name]: 1, [other]: 0 });
      pool.hold(name, 0);
    }
  });

  it('leave one that is on its way alone as long as somebody waits for it', () => {
    const pool = two().pass(2_000).see({ a: 'starting' }).hold('a', 1, 'g', 1_000_000).hold('b', 1, 'g', 1_000_000);
    for (let round = 0; round < 10; round += 1) pool.pass(30_000).see({ a: 'starting' });
    expect(pool.copies()).toEqual({ a: 1, b: 0 });
  });

  it('leave the least of each alone', () => {
    const pool = new Pool(2).declare(rule({ minCopies: 1 }), rule({ name: 'b' }), rule({ name: 'c' }));
    expect(pool.copies()).toEqual({ a: 1, b: 1, c: 0 });

    pool.see().pass(2_000).hold('c', 1);

    expect(pool.copies()).toEqual({ a: 1, b: 0, c: 1 });
  });

  it('give a large one all that it needs, and small ones nothing of it meanwhile', () => {
    const small = ['a', 'b', 'c'].map((name) => rule({ name, maxCopies: 1 }));
    const pool = new Pool(2).declare(...small, rule({ name: 'large', maxCopies: 1, startCopies: 0, demand: { kind: 'cpu', count: 2 } }));
    pool.see({ a: WORKING, b: WORKING }).hold('large', 1, 'g', 100_000).pass(1_000).hold('c', 1, 'g', 100_000);
    pool.pass(10_000).see({ a: WORKING });
    expect(pool.copies()).toEqual({ a: 1, b: 1, c: 0, large: 0 });

    pool.pass(20_000).see({ a: WORKING });

    expect(pool.copies()).toEqual({ a: 0, b: 0, c: 0, large: 1 });
  });

  it('keep free devices for who waits for more of them', () => {
    const small = [rule({ maxCopies: 2 }), rule({ name: 'b', startCopies: 0 })];
    const pool = new Pool(2).declare(...small, rule({ name: 'large', startCopies: 0, demand: { kind: 'cpu', count: 2 } }));
    pool.see({ a: BUSY }).hold('large', 1, 'g', 100_000).pass(1_000).hold('b', 1, 'g', 100_000);
    for (let round = 0; round < 10; round += 1) pool.pass(2_000).see({ a: BUSY });
    expect(pool.copies()).toEqual({ a: 1, b: 0, large: 0 });

    pool.pass(9_000).see({ a: BUSY });

    expect(pool.copies()).toEqual({ a: 0, b: 0, large: 1 });
  });

  it('evict no more than it takes', () => {
    const rules = [rule({ demand: { kind: 'cpu', count: 1 } }), rule({ name: 'b', demand: { kind: 'cpu', count: 2 } })];
    const pool = new Pool(3).declare(...rules, rule({ name: 'large', startCopies: 0, maxCopies: 1, demand: { kind: 'cpu', count: 2 } }));
    pool.see().pass(2_000).hold('large', 1);

    expect(pool.copies()).toEqual({ a: 1, b: 0, large: 1 });
  });

  it('grow into what others have not used for their time, never into what they use', () => {
    const pool = new Pool(2).declare(rule({ maxCopies: 2 }), rule({ name: 'b', maxCopies: 1 })).see({ a: BUSY, b: WORKING });
    for (let round = 0; round < 30; round += 1) pool.pass(2_000).see({ a: BUSY, b: WORKING });
    expect(pool.copies()).toEqual({ a: 1, b: 1 });

    pool.see({ a: BUSY }).pass(29_000).see({ a: BUSY });
    expect(pool.copies()).toEqual({ a: 1, b: 1 });
    pool.pass(1_000).see({ a: BUSY });
    expect(pool.copies()).toEqual({ a: 2, b: 0 });
  });

  it('make room at once for a new one that is to have a copy always', () => {
    const pool = two()
      .see({ a: BUSY })
      .declare(rule({ maxCopies: 1 }), rule({ name: 'b', maxCopies: 1 }), rule({ name: 'c', minCopies: 1, maxCopies: 1 }));

    expect(pool.copies()).toEqual({ a: 0, b: 0, c: 1 });
  });
});
