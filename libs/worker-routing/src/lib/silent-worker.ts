import type { WorkerMetrics } from './worker-metrics';

/** What a look at a worker found, one of whose streams is silent. */
export type WorkerSign =
  /** It does not take the question: nobody is there. */
  | { readonly kind: 'no-answer' }
  /** It says that its engine is dead. */
  | { readonly kind: 'unhealthy' }
  /** It is there. `metrics` where it has some. */
  | { readonly kind: 'healthy'; readonly metrics: WorkerMetrics | null };

/** What looks in a row have found since a worker fell silent. */
export interface Silence {
  readonly unanswered: number;
  /** Looks at which it said that it had nothing to do. */
  readonly idle: number;
  /** Looks at which it had computed nothing since the one before. */
  readonly still: number;
  readonly tokens: number | null;
}

export const NO_SILENCE: Silence = { unanswered: 0, idle: 0, still: 0, tokens: null };

const LOST_AFTER = { unanswered: 2, idle: 3, still: 6 };

/** Takes in one more look. */
export function look(silence: Silence, sign: WorkerSign): Silence {
  if (sign.kind !== 'healthy')
    return { ...silence, unanswered: silence.unanswered + (sign.kind === 'unhealthy' ? LOST_AFTER.unanswered : 1) };
  const { metrics } = sign;
  if (!metrics) return { ...NO_SILENCE, tokens: silence.tokens };
  const isIdle = metrics.running + metrics.waiting === 0;
  const isStill = metrics.tokens !== null && metrics.tokens === silence.tokens;
  return { unanswered: 0, idle: isIdle ? silence.idle + 1 : 0, still: isStill ? silence.still + 1 : 0, tokens: metrics.tokens };
}

/**
 * Why a silent stream's worker counts as lost; null while it may just be slow. Who is queued or computes a long prompt is silent, too: before the
 * first token a worker that computes nothing is believed to work on a prompt, for prompts are counted when they are done.
 */
export function lostBecause(silence: Silence, hasFirstToken: boolean): string | null {
  if (silence.unanswered >= LOST_AFTER.unanswered) return 'it answers no probe';
  if (silence.idle >= LOST_AFTER.idle) return 'it says that it has nothing to do';
  if (hasFirstToken && silence.still >= LOST_AFTER.still) return 'its engine stands still';
  return null;
}
