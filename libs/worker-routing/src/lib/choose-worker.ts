/** A worker that could take the next round. */
export interface WorkerCandidate {
  readonly id: string;
  /** Rounds that this gateway has running there. */
  readonly inFlight: number;
  /** Requests that wait inside the worker, as it says itself. */
  readonly waiting: number;
}

/** A trajectory leaves its worker when that one's load is beyond this share of, and this much above, the least loaded one's. */
const OVERLOAD_RATIO = 1.5;
const OVERLOAD_MARGIN = 8;

/**
 * The worker for the next round: the trajectory's own one (its prefix is cached there) unless that one is overloaded against the others,
 * else the least loaded one. `tieBreaker` spreads trajectories over equals; any whole number ≥ 0 will do.
 * Null when there is no candidate.
 */
export function chooseWorker(
  candidates: readonly WorkerCandidate[],
  ownWorkerId: string | null,
  tieBreaker: number,
): WorkerCandidate | null {
  const least = Math.min(...candidates.map(loadOf));
  const own = candidates.find((candidate) => candidate.id === ownWorkerId);
  if (own && loadOf(own) <= Math.max(least * OVERLOAD_RATIO, least + OVERLOAD_MARGIN)) return own;
  const equals = candidates.filter((candidate) => loadOf(candidate) === least);
  return equals[tieBreaker % equals.length] ?? null;
}

function loadOf(candidate: WorkerCandidate): number {
  return candidate.inFlight + candidate.waiting;
}
