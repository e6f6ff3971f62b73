import { externalTransition, INITIAL_EXTERNAL_STATE } from './external-transition';
import type { ExternalStep } from './external-transition';
import type { WorkerEvent } from './worker-event';

const policy = {
  startingProbeIntervalMs: 1_000,
  readyProbeIntervalMs: 5_000,
  hungAfterFailedProbes: 3,
  startTimeoutMs: 1,
  stopTimeoutMs: 1,
  sleepTimeoutMs: 1,
  stableAfterMs: 1,
  restart: { firstDelayMs: 1, maxDelayMs: 1, maxCrashes: 1 },
};
const answered = {
  type: 'probe-succeeded',
  launch: 1,
  facts: { servedNames: ['m'], maxModelLength: null, maxRunning: null, sleepLevel: null },
} as const;
const silent: WorkerEvent = { type: 'probe-failed', launch: 1, reason: 'It does not listen.' };
const start: WorkerEvent = { type: 'start-requested', because: 'asked for' };

function after(...events: WorkerEvent[]): ExternalStep {
  return events.reduce<ExternalStep>((step, event) => externalTransition(step.state, event, policy), {
    state: INITIAL_EXTERNAL_STATE,
    effects: [],
  });
}

describe("someone else's worker", () => {
  it('is probed until it answers, then seldom', () => {
    expect(after(start).effects).toEqual([{ type: 'probe', launch: 1, afterMs: 0 }]);
    expect(after(start, silent)).toMatchObject({
      state: { status: 'starting', error: 'It does not listen.' },
      effects: [{ afterMs: 1_000 }],
    });
    expect(after(start, silent, answered)).toMatchObject({ state: { status: 'ready', error: null }, effects: [{ afterMs: 5_000 }] });
  });

  it('is out of the table after several failed probes and in again after one that is answered', () => {
    expect(after(start, answered, silent, silent).state.status).toBe('ready');
    expect(after(start, answered, silent, silent, silent).state.status).toBe('starting');
    expect(after(start, answered, silent, silent, silent, answered).state.status).toBe('ready');
  });

  it('that its owner puts to sleep is asleep until a probe says otherwise', () => {
    const sleeping: WorkerEvent = { ...answered, facts: { ...answered.facts, sleepLevel: 1 } };
    const doubted: WorkerEvent = { type: 'sleep-doubted', launch: 1 };

    expect(after(start, sleeping).state.status).toBe('asleep');
    expect(after(start, answered, doubted).effects).toEqual([{ type: 'probe', launch: 1, afterMs: 0 }]);
    expect(after(start, answered, sleeping, silent).state.status).toBe('asleep');
    expect(after(start, answered, sleeping, silent, silent, silent).state.status).toBe('starting');
    expect(after(start, answered, sleeping, answered).state.status).toBe('ready');
  });

  it('is left alone once it was given up', () => {
    expect(after(start, answered, { type: 'stop-requested', drainMs: 0, thenStart: false, because: 'asked for' }, answered)).toMatchObject({
      state: { status: 'stopped' },
      effects: [],
    });
  });
});
