/** A worker that could take the next round. */
export interface WorkerCandidate {
  readonly id: string;
  /** Rounds that this gateway has running there: fresher than anything that the worker says. */
  readonly inFlight: number;
  /** What the worker said of itself last: seconds old, and other gateways' rounds are in it. 0 where it says nothing. */
  readonly running: number;
  readonly waiting: number;
  /** Share of its KV cache in use, 0…1; null where it doesn't say. */
  readonly kvCacheUse: number | null;
  /** Tokens at the start of this round's context that it has computed before. */
  readonly cachedTokens: number;
}

/** A round that needs a worker. */
export interface RoundToPlace {
  readonly contextTokens: number;
  /** The worker that the trajectory's last round ran on. */
  readonly ownWorkerId: string | null;
  /** Spreads rounds over equals; any whole number ≥ 0 will do. */
  readonly tieBreaker: number;
}

/** A trajectory leaves its worker when that one's load is beyond this share of, and this much above, the least loaded one's. */
const OVERLOAD_RATIO = 1.5;
const OVERLOAD_MARGIN = 8;

/** What a request that runs beside this one costs it, in tokens that could be computed meanwhile. Found by simulation (docs/routing.md). */
const TOKENS_PER_REQUEST = 2048;
/** One that waits stands for a worker that is full: this round would wait behind it. */
const TOKENS_PER_WAITING_REQUEST = 4096;
/** From here on a worker evicts what others need, in the end sequences that run. */
const FULL_KV_CACHE = 0.85;
const TOKENS_OF_FULL_KV_CACHE = 8192;

/**
 * The worker for the next round: the trajectory's own one (its context is cached there) unless that one is overloaded against the others,
 * else the one where the round costs least: what of the context must be computed, who runs and waits there, and whether there is room.
 * Null when there is no candidate.
 */
export function chooseWorker(candidates: readonly WorkerCandidate[], round: RoundToPlace): WorkerCandidate | null {
  const least = Math.min(...candidates.map(loadOf));
  const own = candidates.find(({ id }) => id === round.ownWorkerId);
  if (own && loadOf(own) <= overloadBound(least)) return own;
  // Whatever is cached there, a worker beyond the bound is left to work off what it has.
  const open = candidates.filter((candidate) => loadOf(candidate) <= overloadBound(least));
  const costs = open.map((candidate) => costOf(candidate, round.contextTokens));
  const lowest = Math.min(...costs);
  const equals = open.filter((_, index) => costs[index] === lowest);
  return equals[round.tieBreaker % equals.length] ?? null;
}

/** Requests at a worker: at least those that it spoke of, and at least those that we know of. Who waits counts twice. */
export function loadOf({ inFlight, running, waiting }: WorkerCandidate): number {
  return Math.max(inFlight, running + waiting) + waiting;
}

export function overloadBound(leastLoad: number): number {
  return Math.max(leastLoad * OVERLOAD_RATIO, leastLoad + OVERLOAD_MARGIN);
}

function costOf(candidate: WorkerCandidate, contextTokens: number): number {
  const { inFlight, running, waiting, kvCacheUse, cachedTokens } = candidate;
  const toCompute = Math.max(0, contextTokens - cachedTokens);
  const beside = Math.max(inFlight - waiting, running);
  const pressure = Math.max(0, (kvCacheUse ?? 0) - FULL_KV_CACHE) / (1 - FULL_KV_CACHE);
  return toCompute + beside * TOKENS_PER_REQUEST + waiting * TOKENS_PER_WAITING_REQUEST + pressure * TOKENS_OF_FULL_KV_CACHE;
}
