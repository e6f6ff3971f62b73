import type { WorkerEvent } from './worker-event';
import type { WorkerPolicy } from './worker-policy';
import type { WorkerFacts } from './worker-state';
import type { WorkerEffect } from './worker-effect';

/**
 * The life of a worker that someone else runs: it is probed and nothing else.
 *
 *     stopped ── start ──▶ starting ⇄ ready | asleep      (probe ok ▶, several probes failed ◀)
 *        ▲────── stop ────────┴─────────┘
 *
 * Whether it is ready or asleep each probe says: its sleep is its owner's business.
 */
export interface ExternalState {
  readonly status: 'stopped' | 'starting' | 'ready' | 'asleep';
  readonly launch: number;
  readonly facts: WorkerFacts | null;
  readonly failedProbes: number;
  readonly error: string | null;
}

export interface ExternalStep {
  readonly state: ExternalState;
  readonly effects: readonly Extract<WorkerEffect, { type: 'probe' }>[];
}

export const INITIAL_EXTERNAL_STATE: ExternalState = { status: 'stopped', launch: 0, facts: null, failedProbes: 0, error: null };

export function externalTransition(state: ExternalState, event: WorkerEvent, policy: WorkerPolicy): ExternalStep {
  switch (event.type) {
    case 'start-requested':
      return state.status === 'stopped' ? begin(state) : stay(state);
    case 'stop-requested':
      return event.thenStart ? begin(state) : stay({ ...state, status: 'stopped', launch: state.launch + 1 });
    case 'probe-succeeded': {
      if (isStale(state, event.launch)) return stay(state);
      const status = event.facts.sleepLevel === null ? 'ready' : 'asleep';
      return again({ ...state, status, facts: event.facts, failedProbes: 0, error: null }, policy.readyProbeIntervalMs);
    }
    case 'sleep-doubted':
      return isStale(state, event.launch) ? stay(state) : again(state, 0);
    case 'probe-failed': {
      if (isStale(state, event.launch)) return stay(state);
      const failedProbes = state.failedProbes + 1;
      const isLost = state.status === 'starting' || failedProbes >= policy.hungAfterFailedProbes;
      if (!isLost) return again({ ...state, failedProbes }, policy.readyProbeIntervalMs);
      return again({ ...state, status: 'starting', failedProbes, error: event.reason }, policy.startingProbeIntervalMs);
    }
    default:
      return stay(state);
  }
}

function isStale(state: ExternalState, launch: number): boolean {
  return state.status === 'stopped' || launch !== state.launch;
}

function begin(state: ExternalState): ExternalStep {
  return again({ ...state, status: 'starting', launch: state.launch + 1, failedProbes: 0, error: null }, 0);
}

function again(state: ExternalState, afterMs: number): ExternalStep {
  return { state, effects: [{ type: 'probe', launch: state.launch, afterMs }] };
}

function stay(state: ExternalState): ExternalStep {
  return { state, effects: [] };
}
