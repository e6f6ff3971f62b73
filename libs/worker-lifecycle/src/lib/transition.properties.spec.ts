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
  stableAfterMs: 1,
  restart: { firstDelayMs: 1, maxDelayMs: 8, maxCrashes: 2 },
};
const facts = { servedNames: ['demo'], maxModelLength: 2048, maxRunning: null };

/** A machine that does what the effects say, in any order and as late as it likes. */
class World {
  state: WorkerState = INITIAL_WORKER_STATE;
  readonly launches: number[] = [];
  readonly living = new Map<number, { launch: number; isWatched: boolean; isKilled: boolean }>();
  readonly timers = new Map<WorkerTimer, number>();
  readonly past: WorkerEvent[] = [];
  probe: number | null = null;
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
      () => this.post({ type: 'start-requested' }),
      () => this.post({ type: 'stop-requested', drainMs: 0, thenStart: false }),
      () => this.post({ type: 'stop-requested', drainMs: 5, thenStart: pick % 2 === 0 }),
      () => this.answerLaunch(true),
      () => this.answerLaunch(false),
      () => pid !== undefined && this.exit(pid),
      () => this.answerProbe(true),
      () => this.answerProbe(false),
      () => timers.length > 0 && this.fire(...timers[pick % timers.length]!),
      () => this.post({ type: 'drained', launch: this.state.launch }),
      () => this.repeatOldNews(pick),
      () => this.adoptSomething(),
    ];
    actions[choice % actions.length]!();
  }

  answerLaunch(isStarted: boolean): void {
    const launch = this.launches.shift();
    if (launch === undefined) return;
    if (!isStarted) return this.post({ type: 'launch-failed', launch, reason: 'no program' });
    const pid = (this.nextPid += 1);
    this.living.set(pid, { launch, isWatched: false, isKilled: false });
    this.post({ type: 'launched', launch, pid });
  }

  exit(pid: number): void {
    const process = this.living.get(pid);
    this.living.delete(pid);
    if (process?.isWatched) this.post({ type: 'exited', launch: process.launch, code: 1, signal: null, lastLines: [] });
  }

  fire(timer: WorkerTimer, launch: number): void {
    this.timers.delete(timer);
    this.post({ type: timer, launch });
  }

  private answerProbe(isAnswered: boolean): void {
    const launch = this.probe;
    if (launch === null) return;
    this.probe = null;
    this.post(isAnswered ? { type: 'probe-succeeded', launch, facts } : { type: 'probe-failed', launch, reason: 'no answer' });
  }

  private repeatOldNews(pick: number): void {
    const old = this.past.filter((event) => 'launch' in event && event.launch < this.state.launch);
    const event = old[pick % Math.max(1, old.length)];
    if (event) this.post(event);
  }

  private adoptSomething(): void {
    const pid = (this.nextPid += 1);
    this.living.set(pid, { launch: this.state.launch + 1, isWatched: false, isKilled: false });
    this.post({ type: 'adopted', pid, facts: null });
  }

  private perform(effect: WorkerEffect): void {
    if (effect.type === 'launch') this.launches.push(effect.launch);
    if (effect.type === 'schedule') this.timers.set(effect.timer, effect.launch);
    if (effect.type === 'probe') this.probe = effect.launch;
    const process = effect.type === 'watch' || effect.type === 'kill' ? this.living.get(effect.pid) : undefined;
    if (process && effect.type === 'watch') process.isWatched = true;
    if (process && effect.type === 'kill' && effect.signal === 'SIGKILL') process.isKilled = true;
  }

  private check(): void {
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

const anything = fc.array(fc.tuple(fc.nat(11), fc.nat(50)), { maxLength: 80 });

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
        world.post({ type: 'stop-requested', drainMs: 0, thenStart: false });
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
});
