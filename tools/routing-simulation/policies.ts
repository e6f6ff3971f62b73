import { chooseWorker, PREFIX_BLOCK_TOKENS, PrefixIndex } from '@interleave/worker-routing';
import { BLOCK_TOKENS } from './model-worker';

/** A worker as a gateway sees it: its own count is exact, the rest is what the worker said last. */
export interface WorkerView {
  readonly id: string;
  readonly inFlight: number;
  readonly running: number;
  readonly waiting: number;
  readonly kvCacheUse: number;
}

export interface RoundView {
  readonly trajectory: number;
  readonly ownWorkerId: string | null;
  readonly contextTokens: number;
  /** Names of the blocks of the context. */
  readonly blocks: readonly number[];
}

/** Says where a round goes. */
export type Policy = (workers: readonly WorkerView[], round: RoundView) => string;

export const POLICY_NAMES = ['interleave', 'consistent hashing', 'least loaded', 'round robin'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

export function makePolicy(name: PolicyName): Policy {
  switch (name) {
    case 'round robin':
      return roundRobin();
    case 'consistent hashing':
      return consistentHashing();
    case 'least loaded':
      return leastLoaded();
    case 'interleave':
      return interleave();
  }
}

function roundRobin(): Policy {
  let turn = 0;
  return (workers) => (workers[turn++ % workers.length] as WorkerView).id;
}

/** A trajectory's key on a ring with many points per worker. */
function consistentHashing(): Policy {
  let ring: { readonly at: number; readonly id: string }[] | null = null;
  return (workers, { trajectory }) => {
    ring ??= workers
      .flatMap(({ id }, index) => Array.from({ length: 100 }, (_, point) => ({ at: hash(index * 1000 + point + 1), id })))
      .sort((a, b) => a.at - b.at);
    const key = hash(trajectory * 7919 + 13);
    return (ring.find(({ at }) => at >= key) ?? (ring[0] as { id: string })).id;
  };
}

/** The fewest requests, by our own count. */
function leastLoaded(): Policy {
  let turn = 0;
  return (workers) => {
    const least = Math.min(...workers.map(({ inFlight }) => inFlight));
    const equals = workers.filter(({ inFlight }) => inFlight === least);
    return (equals[turn++ % equals.length] as WorkerView).id;
  };
}

/** The real thing, with the real index of what was sent where. */
function interleave(): Policy {
  const index = new PrefixIndex();
  const stride = PREFIX_BLOCK_TOKENS / BLOCK_TOKENS;
  let turn = 0;
  return (workers, { ownWorkerId, contextTokens, blocks }) => {
    const hashes = blocks.filter((_, place) => place % stride === stride - 1);
    const candidates = workers.map((worker) => ({ ...worker, cachedTokens: index.cachedTokens(worker.id, hashes) }));
    const { id } = chooseWorker(candidates, { ownWorkerId, contextTokens, tieBreaker: turn++ }) as WorkerView;
    index.record(id, hashes);
    return id;
  };
}

function hash(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
