import { explainExit } from './explain-exit';
import { judgeCrash } from './restart-policy';
import type { WorkerEffect } from './worker-effect';
import type { WorkerEvent } from './worker-event';
import type { WorkerPolicy } from './worker-policy';
import type { AfterStop, SleepLevel, StateOf, WorkerFacts, WorkerState, WorkerStatus } from './worker-state';

export interface Step {
  readonly state: WorkerState;
  readonly effects: readonly WorkerEffect[];
}

type StatesWithProcess = Extract<WorkerState, { pid: number | null }>;

/** The way of waking that is right whatever a sleeping engine kept. */
const THE_DEEPEST: SleepLevel = 2;

type Handler<Status extends WorkerStatus> = (state: StateOf<Status>, event: WorkerEvent, policy: WorkerPolicy) => Step;

const handlers: { readonly [Status in WorkerStatus]: Handler<Status> } = {
  stopped(state, event) {
    switch (event.type) {
      case 'start-requested':
        return start(state);
      case 'stop-requested':
        return event.thenStart ? start(state) : stay(state);
      default:
        return stay(state);
    }
  },

  starting(state, event, policy) {
    switch (event.type) {
      case 'launched':
        return state.pid === null ? track({ ...state, pid: event.pid }, event.pid, policy) : disown(state, event.pid);
      case 'launch-failed':
        return state.pid === null ? crash(state, event.reason, event.isPermanent ?? false, policy) : stay(state);
      case 'probe-succeeded':
        return state.pid === null ? stay(state) : becomeReady(state, state.pid, event.facts, policy);
      case 'probe-failed':
        return state.pid === null ? stay(state) : step(state, probe(state.launch, policy.startingProbeIntervalMs));
      case 'start-deadline':
        return stop(state, 'recover', policy, `The worker was not ready after ${policy.startTimeoutMs / 1000} s (START_TIMEOUT).`);
      case 'exited':
        return state.pid === null ? stay(state) : exit(state, event, 'before it was ready', policy);
      case 'stop-requested':
        return stop(state, event.thenStart ? 'start' : 'stop', policy);
      default:
        return stay(state);
    }
  },

  ready(state, event, policy) {
    switch (event.type) {
      case 'probe-succeeded':
        if (event.facts.sleepLevel !== null) return beAsleep(state, state.pid, event.facts, policy);
        return step({ ...state, facts: event.facts, failedProbes: 0 }, probe(state.launch, policy.readyProbeIntervalMs));
      case 'probe-failed':
        return missProbe(state, event.reason, policy);
      case 'sleep-doubted':
        return step(state, probe(state.launch, 0));
      case 'sleep-requested':
        return step(
          {
            ...life(state),
            status: 'falling-asleep',
            pid: state.pid,
            facts: state.facts,
            level: event.level,
            isTold: false,
            thenWake: false,
          },
          deadline('drain-deadline', state.launch, event.drainMs),
        );
      case 'stable':
        return stay({ ...state, crashes: 0 });
      case 'exited':
        return exit(state, event, 'while it served', policy);
      case 'stop-requested': {
        const next = event.thenStart ? 'start' : 'stop';
        return event.drainMs > 0 ? drain(state, next, event.drainMs) : stop(state, next, policy);
      }
      default:
        return stay(state);
    }
  },

  'falling-asleep'(state, event, policy) {
    switch (event.type) {
      case 'drained':
      case 'drain-deadline':
        if (state.isTold) return stay(state);
        return step(
          { ...state, isTold: true },
          { type: 'fall-asleep', launch: state.launch, level: state.level },
          deadline('sleep-deadline', state.launch, policy.sleepTimeoutMs),
        );
      case 'fell-asleep': {
        if (!state.isTold) return stay(state);
        if (state.thenWake) return wake(state, state.level, policy);
        return beAsleep(state, state.pid, { ...state.facts, sleepLevel: state.level }, policy);
      }
      case 'sleep-refused':
        return state.isTold ? becomeReady(state, state.pid, state.facts, policy, event.reason) : stay(state);
      case 'sleep-failed':
        return state.isTold ? wake(state, state.level, policy, event.reason) : stay(state);
      case 'sleep-deadline': {
        if (!state.isTold) return stay(state);
        const error = `The worker did not fall asleep within ${policy.sleepTimeoutMs / 1000} s (SLEEP_TIMEOUT).`;
        return wake(state, state.level, policy, error);
      }
      case 'wake-requested':
        return state.isTold ? stay({ ...state, thenWake: true }) : becomeReady(state, state.pid, state.facts, policy);
      case 'exited':
        return exit(state, event, 'while it fell asleep', policy);
      case 'stop-requested': {
        const next = event.thenStart ? 'start' : 'stop';
        // An engine that was told has no request any more.
        return event.drainMs > 0 && !state.isTold ? drain(state, next, event.drainMs) : stop(state, next, policy);
      }
      default:
        return stay(state);
    }
  },

  asleep(state, event, policy) {
    switch (event.type) {
      case 'probe-succeeded':
        if (event.facts.sleepLevel === null) return becomeReady(state, state.pid, event.facts, policy);
        return step({ ...state, facts: event.facts, failedProbes: 0 }, probe(state.launch, policy.readyProbeIntervalMs));
      case 'probe-failed':
        return missProbe(state, event.reason, policy);
      case 'sleep-doubted':
        return step(state, probe(state.launch, 0));
      case 'wake-requested':
        return wake(state, state.facts.sleepLevel ?? THE_DEEPEST, policy);
      case 'stable':
        return stay({ ...state, crashes: 0 });
      case 'exited':
        return exit(state, event, 'while it slept', policy);
      case 'stop-requested':
        return stop(state, event.thenStart ? 'start' : 'stop', policy);
      default:
        return stay(state);
    }
  },

  waking(state, event, policy) {
    switch (event.type) {
      case 'woke-up':
        return step(state, probe(state.launch, 0));
      case 'wake-failed':
        return stop(state, 'recover', policy, `The worker did not wake up: ${event.reason}`);
      case 'wake-deadline':
        return stop(state, 'recover', policy, 'The worker did not wake up in time (SLEEP_TIMEOUT).');
      case 'probe-succeeded':
        if (event.facts.sleepLevel !== null) return step(state, probe(state.launch, policy.startingProbeIntervalMs));
        return becomeReady(state, state.pid, event.facts, policy, state.error);
      case 'probe-failed':
        return step(state, probe(state.launch, policy.startingProbeIntervalMs));
      case 'exited':
        return exit(state, event, 'while it woke up', policy);
      case 'stop-requested':
        return stop(state, event.thenStart ? 'start' : 'stop', policy);
      default:
        return stay(state);
    }
  },

  draining(state, event, policy) {
    switch (event.type) {
      case 'drained':
      case 'drain-deadline':
        return stop(state, state.next, policy);
      case 'exited':
        return afterExit(state, state.next, policy);
      case 'start-requested':
        return stay({ ...state, next: 'start' });
      case 'stop-requested': {
        const next = event.thenStart ? 'start' : 'stop';
        return event.drainMs > 0 ? stay({ ...state, next }) : stop(state, next, policy);
      }
      default:
        return stay(state);
    }
  },

  stopping(state, event, policy) {
    switch (event.type) {
      case 'launched':
        // The stop came while the launch was under way.
        if (state.pid !== null) return disown(state, event.pid);
        return step({ ...state, pid: event.pid }, watch(state.launch, event.pid), ...terminate(state.launch, event.pid, policy));
      case 'launch-failed':
        return state.pid === null ? afterExit(state, state.next, policy) : stay(state);
      case 'exited':
        return state.pid === null ? stay(state) : afterExit(state, state.next, policy);
      case 'stop-deadline':
        // Again and again: a process in the middle of a system call is not gone at the first SIGKILL.
        if (state.pid === null) return stay(state);
        return step(
          state,
          { type: 'kill', pid: state.pid, signal: 'SIGKILL' },
          deadline('stop-deadline', state.launch, policy.stopTimeoutMs),
        );
      case 'start-requested':
        return stay({ ...state, next: 'start' });
      case 'stop-requested':
        return stay({ ...state, next: event.thenStart ? 'start' : 'stop' });
      default:
        return stay(state);
    }
  },

  backoff(state, event) {
    switch (event.type) {
      case 'backoff-elapsed':
        return relaunch({ ...state, restarts: state.restarts + 1 });
      case 'start-requested':
        return start(state);
      case 'stop-requested':
        return event.thenStart ? start(state) : stay(stopped(state));
      default:
        return stay(state);
    }
  },

  failed(state, event) {
    switch (event.type) {
      case 'start-requested':
        return start(state);
      case 'stop-requested':
        return event.thenStart ? start(state) : stay(stopped(state));
      default:
        return stay(state);
    }
  },
};

/**
 * The next state of a worker and what has to be done about it. Total: an event that means nothing in a state changes nothing,
 * and a process that belongs to no launch of this worker is killed, never lost.
 */
export function transition(state: WorkerState, event: WorkerEvent, policy: WorkerPolicy): Step {
  if (event.type === 'adopted') return adopt(state, event, policy);
  if ('launch' in event && event.launch !== state.launch) return event.type === 'launched' ? disown(state, event.pid) : stay(state);
  if (event.type === 'launched' && state.status !== 'starting' && state.status !== 'stopping') return disown(state, event.pid);
  const handler = handlers[state.status] as Handler<WorkerStatus>;
  return handler(state, event, policy);
}

function adopt(state: WorkerState, event: Extract<WorkerEvent, { type: 'adopted' }>, policy: WorkerPolicy): Step {
  if (state.status !== 'stopped') return disown(state, event.pid);
  const starting: StateOf<'starting'> = { ...life(state), status: 'starting', launch: state.launch + 1, pid: event.pid };
  if (event.facts === null) return track(starting, event.pid, policy);
  const ready = becomeReady(starting, event.pid, event.facts, policy);
  return { state: ready.state, effects: [watch(starting.launch, event.pid), ...ready.effects] };
}

/** A start that somebody asked for: the past is forgiven. */
function start(state: WorkerState): Step {
  return relaunch({ ...state, restarts: 0, crashes: 0, error: null });
}

function relaunch(state: WorkerState): Step {
  const launch = state.launch + 1;
  return step({ ...life(state), status: 'starting', launch, pid: null }, { type: 'launch', launch });
}

function track(state: StateOf<'starting'>, pid: number, policy: WorkerPolicy): Step {
  return step(state, watch(state.launch, pid), probe(state.launch, 0), deadline('start-deadline', state.launch, policy.startTimeoutMs));
}

/** Ready, or asleep where it says so: one that an earlier run put to sleep, or somebody else. */
function becomeReady(state: WorkerState, pid: number, facts: WorkerFacts, policy: WorkerPolicy, error: string | null = null): Step {
  if (facts.sleepLevel !== null) return beAsleep(state, pid, facts, policy, error);
  return step(
    { ...life(state), status: 'ready', pid, facts, failedProbes: 0, error },
    probe(state.launch, policy.readyProbeIntervalMs),
    deadline('stable', state.launch, policy.stableAfterMs),
  );
}

function beAsleep(state: WorkerState, pid: number, facts: WorkerFacts, policy: WorkerPolicy, error = state.error): Step {
  return step({ ...life(state), status: 'asleep', pid, facts, failedProbes: 0, error }, probe(state.launch, policy.readyProbeIntervalMs));
}

/** `error`: what went wrong with its falling asleep, which it keeps when it is ready again. */
function wake(state: StateOf<'falling-asleep' | 'asleep'>, level: SleepLevel, policy: WorkerPolicy, error: string | null = null): Step {
  const loadsAgain = level === THE_DEEPEST;
  return step(
    { ...life(state), status: 'waking', pid: state.pid, facts: state.facts, error },
    { type: 'wake-up', launch: state.launch, level },
    deadline('wake-deadline', state.launch, loadsAgain ? Math.max(policy.startTimeoutMs, policy.sleepTimeoutMs) : policy.sleepTimeoutMs),
  );
}

/** One probe more that failed; several in a row mean that the worker hangs. */
function missProbe(state: StateOf<'ready' | 'asleep'>, reason: string, policy: WorkerPolicy): Step {
  const failedProbes = state.failedProbes + 1;
  if (failedProbes < policy.hungAfterFailedProbes)
    return step({ ...state, failedProbes }, probe(state.launch, policy.readyProbeIntervalMs));
  return stop(state, 'recover', policy, `The worker hung: ${failedProbes} probes in a row failed, the last one so: ${reason}`);
}

function drain(state: StateOf<'ready' | 'falling-asleep'>, next: AfterStop, drainMs: number): Step {
  return step(
    { ...life(state), status: 'draining', pid: state.pid, facts: state.facts, next },
    deadline('drain-deadline', state.launch, drainMs),
  );
}

function stop(
  state: Exclude<StatesWithProcess, StateOf<'stopping'>>,
  next: AfterStop,
  policy: WorkerPolicy,
  error: string | null = state.error,
): Step {
  const stopping: StateOf<'stopping'> = { ...life(state), status: 'stopping', pid: state.pid, next, error };
  return state.pid === null ? stay(stopping) : step(stopping, ...terminate(state.launch, state.pid, policy));
}

function terminate(launch: number, pid: number, policy: WorkerPolicy): WorkerEffect[] {
  return [{ type: 'kill', pid, signal: 'SIGTERM' }, deadline('stop-deadline', launch, policy.stopTimeoutMs)];
}

/** The process ended on its own. */
function exit(state: WorkerState, event: Extract<WorkerEvent, { type: 'exited' }>, phase: string, policy: WorkerPolicy): Step {
  const { error, isPermanent } = explainExit(event, phase);
  return crash(state, error, isPermanent, policy);
}

/** The process ended because it was told to. */
function afterExit(state: WorkerState, next: AfterStop, policy: WorkerPolicy): Step {
  if (next === 'recover') return crash(state, state.error ?? 'The worker was stopped.', false, policy);
  if (next === 'stop') return step(stopped(state), { type: 'forget-record' });
  const started = start(state);
  return { state: started.state, effects: [{ type: 'forget-record' }, ...started.effects] };
}

function crash(state: WorkerState, error: string, isPermanent: boolean, policy: WorkerPolicy): Step {
  const crashes = state.crashes + 1;
  const verdict = judgeCrash(crashes, policy.restart);
  const forget: WorkerEffect = { type: 'forget-record' };
  if (isPermanent) return step({ ...life(state), status: 'failed', crashes, error }, forget);
  if (verdict.kind === 'crash-loop') {
    return step({ ...life(state), status: 'failed', crashes, error: `Given up after ${crashes} failed starts in a row. ${error}` }, forget);
  }
  return step(
    { ...life(state), status: 'backoff', crashes, error, delayMs: verdict.delayMs },
    forget,
    deadline('backoff-elapsed', state.launch, verdict.delayMs),
  );
}

function stopped(state: WorkerState): StateOf<'stopped'> {
  return { ...life(state), status: 'stopped' };
}

/** A process that this worker does not account for must not live on. */
function disown(state: WorkerState, pid: number): Step {
  const isOurs = 'pid' in state && state.pid === pid;
  return isOurs ? stay(state) : step(state, { type: 'kill', pid, signal: 'SIGKILL' });
}

function life({ launch, restarts, crashes, error }: WorkerState): Pick<WorkerState, 'launch' | 'restarts' | 'crashes' | 'error'> {
  return { launch, restarts, crashes, error };
}

function probe(launch: number, afterMs: number): WorkerEffect {
  return { type: 'probe', launch, afterMs };
}

function watch(launch: number, pid: number): WorkerEffect {
  return { type: 'watch', launch, pid };
}

function deadline(timer: Extract<WorkerEffect, { type: 'schedule' }>['timer'], launch: number, afterMs: number): WorkerEffect {
  return { type: 'schedule', timer, launch, afterMs };
}

function stay(state: WorkerState): Step {
  return { state, effects: [] };
}

function step(state: WorkerState, ...effects: WorkerEffect[]): Step {
  return { state, effects };
}
