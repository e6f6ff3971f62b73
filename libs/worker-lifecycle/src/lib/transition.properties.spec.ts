import fc from 'fast-check';
import { transition } from './transition';
import type { WorkerEffect } from './worker-effect';
import type { WorkerEvent, WorkerTimer } from './worker-event';
import type { WorkerPolicy } from './worker-policy';
import { INITIAL_WORKER_STATE } from './worker-state';
import type { WorkerState } from './worker-state';

const policy: WorkerPolicy = {
  startingProbeIntervalMs: 1,
  readyProbeIntervalMs: 1,
  hungAfterFailedProbes: 2,
  startTimeoutMs: 1,
  stopTimeoutMs: 1,
  sleepTimeoutMs: 1,
  stableAfterMs: 1,
  restart: { firstDelayMs: 1, maxDelayMs: 8, maxCrashes: 2 },
};
const facts = { servedNames: ['demo'], maxModelLength: 2048, maxRunning: null, sleepLevel: null };

interface Process {
  launch: number;
  isWatched: boolean;
  isKilled: boolean;
  /** Who put its engine to sleep; null while it is awake. */
  sleepsBy: 'us' | 'others' | null;
}

/** A machine that does what the effects say, in any order and as late as it likes. */
class World {
  state: WorkerState = INITIAL_WORKER_STATE;
  readonly launches: number[] = [];
  readonly living = new Map<number, Process>();
  readonly timers = new Map<WorkerTimer, number>();
  readonly past: WorkerEvent[] = [];
  probe: number | null = null;
  /** What the engine was told last and has not answered. */
  order: { type: 'fall-asleep' | 'wake-up'; launch: number } | null = null;
  private nextPid = 100;

  post(event: WorkerEvent): void {
    const { state, effects } = transition(this.state, event, policy);
    this.state = state;
    this.past.push(event);
    for (const effect of effects) this.perform(effect);
    this.check();
  }

  act(choice: number, pick: number): void {
    const timers = [...this.timers];
    const pids = [...this.living.keys()];
    const pid = pids[pick % Math.max(1, pids.length)];
    const actions: (() => void)[] = [
      () => this.post({ type: 'start-requested', because: 'asked for' }),
      () => this.post({ type: 'stop-requested', drainMs: 0, thenStart: false, because: 'asked for' }),
      () => this.post({ type: 'stop-requested', drainMs: 5, thenStart: pick % 2 === 0, because: 'asked for' }),
      () => this.answerLaunch(true),
      () => this.answerLaunch(false),
      () => pid !== undefined && this.exit(pid),
      () => this.answerProbe(true),
      () => this.answerProbe(false),
      () => timers.length > 0 && this.fire(...timers[pick % timers.length]!),
      () => this.post({ type: 'drained', launch: this.state.launch }),
      () => this.repeatOldNews(pick),
      () => this.adoptSomething(pick % 2 === 0),
      () => this.post({ type: 'sleep-requested', level: pick % 2 === 0 ? 1 : 2, drainMs: 5, because: 'asked for' }),
      () => this.post({ type: 'wake-requested', because: 'asked for' }),
      () => this.obey(true),
      // It does what it was told, and its answer is lost.
      () => this.obey(false),
      () => this.refuse('sleep-refused'),
      () => this.refuse('sleep-failed'),
      () => this.meddle(),
      () => this.post({ type: 'sleep-doubted', launch: this.state.launch }),
    ];
    actions[choice % actions.length]!();
  }

  answerLaunch(isStarted: boolean): void {
    const launch = this.launches.shift();
    if (launch === undefined) return;
    if (!isStarted) return this.post({ type: 'launch-failed', launch, reason: 'no program' });
    const pid = (this.nextPid += 1);
    this.living.set(pid, { launch, isWatched: false, isKilled: false, sleepsBy: null });
    this.post({ type: 'launched', launch, pid });
  }

  exit(pid: number): void {
    const process = this.living.get(pid);
    this.living.delete(pid);
    if (this.order?.launch === process?.launch) this.order = null;
    if (process?.isWatched) this.post({ type: 'exited', launch: process.launch, code: 1, signal: null, lastLines: [] });
  }

  fire(timer: WorkerTimer, launch: number): void {
    this.timers.delete(timer);
    this.post({ type: timer, launch });
  }

  answerProbe(isAnswered: boolean): void {
    const launch = this.probe;
    if (launch === null) return;
    this.probe = null;
    const process = this.processOf(launch);
    if (!isAnswered || !process) return this.post({ type: 'probe-failed', launch, reason: 'no answer' });
    this.post({ type: 'probe-succeeded', launch, facts: { ...facts, sleepLevel: process.sleepsBy === null ? null : 1 } });
  }

  obey(isAnswered: boolean): void {
    const { order } = this;
    const process = order && this.processOf(order.launch);
    if (!process) return;
    process.sleepsBy = order.type === 'fall-asleep' ? 'us' : null;
    if (!isAnswered) return;
    this.order = null;
    this.post({ type: order.type === 'fall-asleep' ? 'fell-asleep' : 'woke-up', launch: order.launch });
  }

  private refuse(how: 'sleep-refused' | 'sleep-failed'): void {
    const { order } = this;
    const process = order && this.processOf(order.launch);
    // An engine that has obeyed doesn't say that it refused.
    if (!process || (process.sleepsBy === 'us' && how === 'sleep-refused')) return;
    this.order = null;
    this.post({ type: order.type === 'fall-asleep' ? how : 'wake-failed', launch: order.launch, reason: 'no memory' });
  }

  private meddle(): void {
    const process = this.processOf(this.state.launch);
    if (process) process.sleepsBy = process.sleepsBy === null ? 'others' : null;
  }

  private processOf(launch: number): Process | undefined {
    return [...this.living.values()].find((process) => process.launch === launch && process.isWatched);
  }

  private repeatOldNews(pick: number): void {
    const old = this.past.filter((event) => 'launch' in event && event.launch < this.state.launch);
    const event = old[pick % Math.max(1, old.length)];
    if (event) this.post(event);
  }

  private adoptSomething(isAsleep: boolean): void {
    const pid = (this.nextPid += 1);
    this.living.set(pid, { launch: this.state.launch + 1, isWatched: false, isKilled: false, sleepsBy: isAsleep ? 'us' : null });
    this.post({ type: 'adopted', pid, facts: isAsleep ? { ...facts, sleepLevel: 2 } : null });
  }

  private perform(effect: WorkerEffect): void {
    if (effect.type === 'launch') this.launches.push(effect.launch);
    if (effect.type === 'schedule') this.timers.set(effect.timer, effect.launch);
    if (effect.type === 'probe') this.probe = effect.launch;
    if (effect.type === 'fall-asleep' || effect.type === 'wake-up') this.order = effect;
    const process = effect.type === 'watch' || effect.type === 'kill' ? this.living.get(effect.pid) : undefined;
    if (process && effect.type === 'watch') process.isWatched = true;
    if (process && effect.type === 'kill' && effect.signal === 'SIGKILL') process.isKilled = true;
  }

  /** Everything that can go on does, until nothing changes any more. */
  goOn(isEngineSilent: boolean): void {
    for (let round = 0; round < 12; round += 1) {
      this.answerLaunch(true);
      this.obey(!isEngineSilent);
      this.answerProbe(true);
      for (const [pid, { isKilled }] of [...this.living]) if (isKilled) this.exit(pid);
      for (const [timer, launch] of [...this.timers]) if (timer !== 'stable' && (isEngineSilent || !this.order)) this.fire(timer, launch);
    }
  }

  private check(): void {
    // No round goes to an engine that we put to sleep.
    if (this.state.status === 'ready') expect(this.processOf(this.state.launch)?.sleepsBy).not.toBe('us');
    const wanted = [...this.living].filter(([, process]) => !process.isKilled || process.isWatched);
    // No double launch: what lives and what is about to live is one process at most.
    expect(wanted.length + this.launches.length).toBeLessThanOrEqual(1);
    for (const [pid, process] of this.living) {
      const isTracked = process.isWatched && 'pid' in this.state && this.state.pid === pid;
      // No leak: a process that lives is known to the state, or doomed.
      expect(isTracked || process.isKilled).toBe(true);
    }
  }
}

const anything = fc.array(fc.tuple(fc.nat(19), fc.nat(50)), { maxLength: 80 });

describe('whatever happens to a worker', () => {
  it('there is never a second process of it, and none that nobody knows', () => {
    fc.assert(
      fc.property(anything, (choices) => {
        const world = new World();
        for (const [choice, pick] of choices) world.act(choice, pick);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a stop comes to its end, also with a process that ignores SIGTERM', () => {
    fc.assert(
      fc.property(anything, (choices) => {
        const world = new World();
        for (const [choice, pick] of choices) world.act(choice, pick);
        world.post({ type: 'stop-requested', drainMs: 0, thenStart: false, because: 'asked for' });
        for (let round = 0; round < 6; round += 1) {
          world.answerLaunch(true);
          for (const [pid, { isKilled }] of [...world.living]) if (isKilled) world.exit(pid);
          const deadline = world.timers.get('stop-deadline');
          if (deadline !== undefined) world.fire('stop-deadline', deadline);
        }

        expect(world.state.status).toBe('stopped');
        expect(world.living.size + world.launches.length).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a request that waits for it is answered: it wakes, starts again, or is given up', () => {
    fc.assert(
      fc.property(anything, (choices) => {
        const world = new World();
        for (const [choice, pick] of choices) world.act(choice, pick);
        for (let attempt = 0; attempt < 2; attempt += 1) {
          world.post({ type: 'wake-requested', because: 'a request waits' });
          world.goOn(false);
        }

        expect(['ready', 'stopped', 'failed']).toContain(world.state.status);
      }),
      { numRuns: 1_000 },
    );
  });

  it('it never waits for an engine that has nothing to say', () => {
    fc.assert(
      fc.property(anything, (choices) => {
        const world = new World();
        for (const [choice, pick] of choices) world.act(choice, pick);
        world.goOn(true);

        expect(['ready', 'asleep', 'stopped', 'failed']).toContain(world.state.status);
      }),
      { numRuns: 1_000 },
    );
  });
});
