/** Failures in a row that open the breaker; a refused connection opens it at once, for nobody is there. */
const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Whether a worker is asked at all. `openings` in a row make the pause longer. */
export type BreakerState =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly untilMs: number; readonly openings: number }
  /** One request at a time may find out whether the worker is back. */
  | { readonly kind: 'half-open'; readonly isTrialRunning: boolean; readonly openings: number };

export type BreakerEvent =
  /** The first byte of an answer or a good probe: the worker is there, however long the rest takes. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly nowMs: number }
  /** A 5xx before the first byte, or a failed probe. */
  | { readonly kind: 'failed'; readonly nowMs: number }
  | { readonly kind: 'trial-started' }
  /** A trial ended without a word about the worker: its client went away, for example. */
  | { readonly kind: 'trial-undecided' }
  | { readonly kind: 'time-passed'; readonly nowMs: number };

export const CLOSED_BREAKER: BreakerState = { kind: 'closed', failures: 0 };

export function transitionBreaker(state: BreakerState, event: BreakerEvent): BreakerState {
  switch (event.kind) {
    case 'answered':
      return state.kind === 'closed' && state.failures === 0 ? state : CLOSED_BREAKER;
    case 'refused':
      return state.kind === 'open' ? state : opened(state, event.nowMs);
    case 'failed':
      if (state.kind === 'open') return state;
      if (state.kind === 'half-open' || state.failures + 1 >= FAILURES_TO_OPEN) return opened(state, event.nowMs);
      return { kind: 'closed', failures: state.failures + 1 };
    case 'trial-started':
      return state.kind === 'half-open' ? { ...state, isTrialRunning: true } : state;
    case 'trial-undecided':
      return state.kind === 'half-open' ? { ...state, isTrialRunning: false } : state;
    case 'time-passed':
      return state.kind === 'open' && event.nowMs >= state.untilMs
        ? { kind: 'half-open', isTrialRunning: false, openings: state.openings }
        : state;
  }
}

/** Whether a request may go there now. */
export function lets(state: BreakerState): boolean {
  return state.kind === 'closed' || (state.kind === 'half-open' && !state.isTrialRunning);
}

function opened(state: BreakerState, nowMs: number): BreakerState {
  const openings = state.kind === 'closed' ? 1 : state.openings + 1;
  return { kind: 'open', openings, untilMs: nowMs + Math.min(FIRST_PAUSE_MS * 2 ** (openings - 1), LONGEST_PAUSE_MS) };
}
