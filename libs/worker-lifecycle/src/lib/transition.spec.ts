import { transition } from './transition';
import type { Step } from './transition';
import type { WorkerEvent } from './worker-event';
import type { WorkerPolicy } from './worker-policy';
import { INITIAL_WORKER_STATE } from './worker-state';
import type { WorkerState } from './worker-state';

const policy: WorkerPolicy = {
  startingProbeIntervalMs: 1_000,
  readyProbeIntervalMs: 5_000,
  hungAfterFailedProbes: 3,
  startTimeoutMs: 900_000,
  stopTimeoutMs: 10_000,
  sleepTimeoutMs: 120_000,
  stableAfterMs: 60_000,
  restart: { firstDelayMs: 1_000, maxDelayMs: 60_000, maxCrashes: 2 },
};
const facts = { servedNames: ['demo'], maxModelLength: 2048, maxRunning: null, sleepLevel: null };
const launched = (launch: number): WorkerEvent => ({ type: 'launched', launch, pid: 100 + launch });
const answered = (launch: number): WorkerEvent => ({ type: 'probe-succeeded', launch, facts });
const silent = (launch: number): WorkerEvent => ({ type: 'probe-failed', launch, reason: 'It does not listen.' });
const exited = (launch: number, lastLines: string[] = []): WorkerEvent => ({ type: 'exited', launch, code: 1, signal: null, lastLines });
const sleeping = (launch: number, sleepLevel: 1 | 2): WorkerEvent => ({
  type: 'probe-succeeded',
  launch,
  facts: { ...facts, sleepLevel },
});
const sleep: WorkerEvent = { type: 'sleep-requested', level: 1, drainMs: 30_000, because: 'asked for' };
const wake: WorkerEvent = { type: 'wake-requested', because: 'asked for' };
const start: WorkerEvent = { type: 'start-requested', because: 'asked for' };
const stop = { type: 'stop-requested', drainMs: 0, thenStart: false, because: 'asked for' } as const;
const restart: WorkerEvent = { type: 'stop-requested', drainMs: 0, thenStart: true, because: 'asked for' };

function after(...events: WorkerEvent[]): Step {
  return events.reduce<Step>((step, event) => transition(step.state, event, policy), { state: INITIAL_WORKER_STATE, effects: [] });
}

const ready: readonly WorkerEvent[] = [start, launched(1), answered(1)];
const asleep: readonly WorkerEvent[] = [...ready, sleep, { type: 'drained', launch: 1 }, { type: 'fell-asleep', launch: 1 }];

describe('a worker', () => {
  it('is launched once when it is asked to start, however often that is', () => {
    expect(after(start)).toEqual({
      state: expect.objectContaining({ status: 'starting', pid: null }),
      effects: [{ type: 'launch', launch: 1 }],
    });
    expect(after(start, start).effects).toEqual([]);
  });

  it('is watched, probed and given a deadline from the moment its process is there', () => {
    expect(after(start, launched(1)).effects).toEqual([
      { type: 'watch', launch: 1, pid: 101 },
      { type: 'probe', launch: 1, afterMs: 0 },
      { type: 'schedule', timer: 'start-deadline', launch: 1, afterMs: 900_000 },
    ]);
  });

  it('may answer nothing for as long as the start takes', () => {
    const { state, effects } = after(start, launched(1), ...Array.from({ length: 50 }, () => silent(1)));

    expect(state.status).toBe('starting');
    expect(effects).toEqual([{ type: 'probe', launch: 1, afterMs: 1_000 }]);
  });

  it('is ended and started again when it is not ready by the deadline', () => {
    const step = after(start, launched(1), { type: 'start-deadline', launch: 1 });

    expect(step.effects).toContainEqual({ type: 'kill', pid: 101, signal: 'SIGTERM' });
    expect(transition(step.state, exited(1), policy).state).toMatchObject({
      status: 'backoff',
      error: 'The worker was not ready after 900 s (START_TIMEOUT).',
    });
  });

  it('that exits during its start is seen at once, with its last lines', () => {
    expect(after(start, launched(1), exited(1, ['Traceback', 'ValueError: no'])).state).toMatchObject({
      status: 'backoff',
      error: 'The worker ended with exit code 1 before it was ready. Its last lines:\nTraceback\nValueError: no',
    });
  });

  it('that crashes is started again after a delay that doubles, then given up', () => {
    const delays: number[] = [];
    let state: WorkerState = after(start).state;
    for (let launch = 1; launch <= 3; launch += 1) {
      for (const event of [launched(launch), answered(launch), exited(launch)]) state = transition(state, event, policy).state;
      if (state.status !== 'backoff') break;
      delays.push(state.delayMs);
      state = transition(state, { type: 'backoff-elapsed', launch }, policy).state;
    }

    expect(delays).toEqual([1_000, 2_000]);
    expect(state).toMatchObject({
      status: 'failed',
      restarts: 2,
      error: expect.stringMatching(/^Given up after 3 failed starts in a row\. The worker ended/),
    });
  });

  it('that was stable in between has its crashes forgiven', () => {
    const { state } = after(
      ...ready,
      exited(1),
      { type: 'backoff-elapsed', launch: 1 },
      launched(2),
      answered(2),
      { type: 'stable', launch: 2 },
      exited(2),
    );

    expect(state).toMatchObject({ status: 'backoff', crashes: 1, delayMs: 1_000 });
  });

  it('is not started again after an end that a new start cannot mend', () => {
    expect(after(start, launched(1), exited(1, ['vllm: error: unrecognized arguments: --nope'])).state).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('check ENGINE_ARGUMENTS'),
    });
  });

  it('that failed starts again when somebody asks, its past forgotten', () => {
    const { state, effects } = after(start, launched(1), exited(1, ['error: argument --dtype']), restart);

    expect(state).toMatchObject({ status: 'starting', crashes: 0, restarts: 0, error: null });
    expect(effects).toEqual([{ type: 'launch', launch: 2 }]);
  });

  it('counts as hung only after several failed probes in a row', () => {
    expect(after(...ready, silent(1), silent(1), answered(1), silent(1), silent(1)).state.status).toBe('ready');
    expect(after(...ready, silent(1), silent(1), silent(1)).state).toMatchObject({
      status: 'stopping',
      next: 'recover',
      error: expect.stringContaining('It does not listen.'),
    });
  });

  it('drains before it stops, until it is idle or the time is over', () => {
    const draining = after(...ready, { type: 'stop-requested', drainMs: 30_000, thenStart: false, because: 'asked for' });

    expect(draining.state.status).toBe('draining');
    expect(draining.effects).toEqual([{ type: 'schedule', timer: 'drain-deadline', launch: 1, afterMs: 30_000 }]);
    for (const type of ['drained', 'drain-deadline'] as const) {
      expect(transition(draining.state, { type, launch: 1 }, policy).effects).toContainEqual({ type: 'kill', pid: 101, signal: 'SIGTERM' });
    }
  });

  it('that does not go is killed, again and again', () => {
    const stopping = after(...ready, stop, { type: 'stop-deadline', launch: 1 });

    expect(stopping.effects).toEqual([
      { type: 'kill', pid: 101, signal: 'SIGKILL' },
      { type: 'schedule', timer: 'stop-deadline', launch: 1, afterMs: 10_000 },
    ]);
    expect(transition(stopping.state, exited(1), policy)).toEqual({
      state: expect.objectContaining({ status: 'stopped' }),
      effects: [{ type: 'forget-record' }],
    });
  });

  it('stopped while its launch is under way is ended as soon as the process is there', () => {
    expect(after(start, stop, launched(1)).effects).toEqual([
      { type: 'watch', launch: 1, pid: 101 },
      { type: 'kill', pid: 101, signal: 'SIGTERM' },
      { type: 'schedule', timer: 'stop-deadline', launch: 1, afterMs: 10_000 },
    ]);
    expect(after(start, stop, { type: 'launch-failed', launch: 1, reason: 'no' }).state.status).toBe('stopped');
  });

  it('starts again after a stop that was a restart', () => {
    expect(after(...ready, restart, exited(1)).effects).toEqual([{ type: 'forget-record' }, { type: 'launch', launch: 2 }]);
  });

  it('falls asleep once its requests have ended, or the time for that is over', () => {
    const falling = after(...ready, sleep);

    expect(falling).toEqual({
      state: expect.objectContaining({ status: 'falling-asleep', isTold: false }),
      effects: [{ type: 'schedule', timer: 'drain-deadline', launch: 1, afterMs: 30_000 }],
    });
    for (const type of ['drained', 'drain-deadline'] as const) {
      expect(transition(falling.state, { type, launch: 1 }, policy).effects).toEqual([
        { type: 'fall-asleep', launch: 1, level: 1 },
        { type: 'schedule', timer: 'sleep-deadline', launch: 1, afterMs: 120_000 },
      ]);
    }
    expect(after(...asleep)).toMatchObject({ state: { status: 'asleep', facts: { sleepLevel: 1 } }, effects: [{ type: 'probe' }] });
  });

  it('that sleeps is woken, probed, and ready again', () => {
    expect(after(...asleep, wake)).toEqual({
      state: expect.objectContaining({ status: 'waking' }),
      effects: [
        { type: 'wake-up', launch: 1, level: 1 },
        { type: 'schedule', timer: 'wake-deadline', launch: 1, afterMs: 120_000 },
      ],
    });
    expect(after(...asleep, wake, { type: 'woke-up', launch: 1 }).effects).toEqual([{ type: 'probe', launch: 1, afterMs: 0 }]);
    expect(after(...asleep, wake, { type: 'woke-up', launch: 1 }, sleeping(1, 1)).state.status).toBe('waking');
    expect(after(...asleep, wake, { type: 'woke-up', launch: 1 }, answered(1)).state).toMatchObject({ status: 'ready', error: null });
  });

  it('that kept nothing in its sleep may take as long as a start to wake up', () => {
    expect(after(...ready, sleeping(1, 2), wake).effects).toEqual([
      { type: 'wake-up', launch: 1, level: 2 },
      { type: 'schedule', timer: 'wake-deadline', launch: 1, afterMs: 900_000 },
    ]);
  });

  it('that is needed before it sleeps is ready at once, or wakes as soon as its engine sleeps', () => {
    expect(after(...ready, sleep, wake).state.status).toBe('ready');
    const told = after(...ready, sleep, { type: 'drained', launch: 1 }, wake);
    expect(told.state).toMatchObject({ status: 'falling-asleep', thenWake: true });
    expect(transition(told.state, { type: 'fell-asleep', launch: 1 }, policy).effects).toContainEqual({
      type: 'wake-up',
      launch: 1,
      level: 1,
    });
  });

  it('whose engine refuses to sleep is ready again, with the reason', () => {
    const refused = after(...ready, sleep, { type: 'drained', launch: 1 }, { type: 'sleep-refused', launch: 1, reason: 'No such route.' });

    expect(refused).toMatchObject({
      state: { status: 'ready', error: 'No such route.' },
      effects: [{ type: 'probe' }, { timer: 'stable' }],
    });
  });

  it.each<[WorkerEvent, string]>([
    [{ type: 'sleep-failed', launch: 1, reason: 'No memory.' }, 'No memory.'],
    [{ type: 'sleep-deadline', launch: 1 }, 'The worker did not fall asleep within 120 s (SLEEP_TIMEOUT).'],
  ])('of which nobody knows whether it sleeps is woken, and keeps the reason: %j', (event, error) => {
    const { state, effects } = after(...ready, sleep, { type: 'drained', launch: 1 }, event);

    expect(effects).toContainEqual({ type: 'wake-up', launch: 1, level: 1 });
    expect(transition(state, answered(1), policy).state).toMatchObject({ status: 'ready', error });
  });

  it.each<[WorkerEvent, string]>([
    [{ type: 'wake-failed', launch: 1, reason: 'CUDA out of memory.' }, 'The worker did not wake up: CUDA out of memory.'],
    [{ type: 'wake-deadline', launch: 1 }, 'The worker did not wake up in time (SLEEP_TIMEOUT).'],
  ])('that does not wake up is started again: %j', (event, error) => {
    const { state } = after(...asleep, wake, event);

    expect(state).toMatchObject({ status: 'stopping', next: 'recover', error });
    expect(transition(state, exited(1), policy).state).toMatchObject({ status: 'backoff', error });
  });

  it('that crashes or hangs in its sleep is started again', () => {
    expect(after(...asleep, exited(1)).state).toMatchObject({ status: 'backoff', error: expect.stringContaining('while it slept') });
    expect(after(...asleep, silent(1), silent(1), silent(1)).state).toMatchObject({ status: 'stopping', next: 'recover' });
    expect(after(...asleep, wake, exited(1)).state).toMatchObject({ status: 'backoff' });
    expect(after(...ready, sleep, exited(1)).state).toMatchObject({ status: 'backoff' });
  });

  it('that somebody else put to sleep, or woke, is what a probe says', () => {
    expect(after(...ready, { type: 'sleep-doubted', launch: 1 }).effects).toEqual([{ type: 'probe', launch: 1, afterMs: 0 }]);
    expect(after(...ready, sleeping(1, 2)).state).toMatchObject({ status: 'asleep', facts: { sleepLevel: 2 } });
    expect(after(...asleep, answered(1)).state.status).toBe('ready');
  });

  it('stops, drains and restarts from every step of its sleep', () => {
    const drainFirst: WorkerEvent = { ...stop, drainMs: 30_000 };
    expect(after(...ready, sleep, drainFirst).state).toMatchObject({ status: 'draining', next: 'stop' });
    for (const events of [[...ready, sleep, { type: 'drained', launch: 1 } as const], asleep, [...asleep, wake]]) {
      expect(after(...events, drainFirst).state).toMatchObject({ status: 'stopping', next: 'stop' });
      expect(after(...events, restart).effects).toContainEqual({ type: 'kill', pid: 101, signal: 'SIGTERM' });
      expect(after(...events, restart, exited(1)).effects).toContainEqual({ type: 'launch', launch: 2 });
    }
  });

  it('of an earlier run that sleeps is left so', () => {
    expect(after({ type: 'adopted', pid: 7, facts: { ...facts, sleepLevel: 1 } })).toEqual({
      state: expect.objectContaining({ status: 'asleep', pid: 7, launch: 1 }),
      effects: [
        { type: 'watch', launch: 1, pid: 7 },
        { type: 'probe', launch: 1, afterMs: 5_000 },
      ],
    });
  });

  it('of an earlier run goes on as ready if it answered, as starting if it did not yet', () => {
    expect(after({ type: 'adopted', pid: 7, facts }).state).toMatchObject({ status: 'ready', pid: 7, launch: 1 });
    const starting = after({ type: 'adopted', pid: 7, facts: null });
    expect(starting.state).toMatchObject({ status: 'starting', pid: 7 });
    expect(starting.effects).toContainEqual({ type: 'watch', launch: 1, pid: 7 });
  });

  it('ignores news of an older process', () => {
    const { state } = after(...ready, restart, exited(1), launched(2));

    expect(transition(state, exited(1), policy)).toEqual({ state, effects: [] });
    expect(transition(state, answered(1), policy)).toEqual({ state, effects: [] });
  });
});
