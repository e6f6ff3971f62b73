import { quantile } from '../bench/statistics';
import { EventQueue } from './event-queue';
import { BLOCK_TOKENS, GPU, ModelWorker } from './model-worker';
import type { Sequence, WorkerSpeed } from './model-worker';
import { makePolicy } from './policies';
import type { PolicyName, WorkerView } from './policies';
import type { PlannedTrajectory } from './traffic';

/** Workers' own figures reach a gateway this late, as through model-pool. */
const TABLE_INTERVAL_MS = 2000;
/** Names of the blocks that belong to one trajectory alone begin here. */
const OWN_BLOCKS = 2 ** 40;
const OWN_BLOCKS_EACH = 4096;

export interface Outcome {
  readonly policy: PolicyName;
  readonly rounds: number;
  /** Share of all prompt tokens that did not have to be computed. */
  readonly hitRate: number;
  readonly firstTokenMs: { readonly p50: number; readonly p99: number };
  readonly roundMs: { readonly p50: number; readonly p99: number };
}

interface Progress {
  readonly plan: PlannedTrajectory;
  round: number;
  contextTokens: number;
  workerId: string | null;
}

type SimulatedEvent =
  { readonly kind: 'round'; readonly progress: Progress } | { readonly kind: 'step'; readonly place: number } | { readonly kind: 'report' };

/** Plays the traffic on workers of the given speeds under a policy, until all of it is done. */
export function simulate(policyName: PolicyName, traffic: readonly PlannedTrajectory[], speeds: readonly WorkerSpeed[]): Outcome {
  const policy = makePolicy(policyName);
  const workers = speeds.map((speed, place) => new ModelWorker(`w${place}`, speed));
  const inFlight = workers.map(() => 0);
  const isStepping = workers.map(() => false);
  let reports = workers.map(() => ({ running: 0, waiting: 0, kvCacheUse: 0 }));
  const owners = new Map<Sequence, Progress>();
  const events = new EventQueue<SimulatedEvent>();
  const times = { firstToken: [] as number[], round: [] as number[] };
  const tokens = { prompt: 0, cached: 0 };
  let left = traffic.length;
  for (const plan of traffic) {
    const progress = { plan, round: 0, contextTokens: plan.familyTokens, workerId: null };
    events.push(plan.startMs, { kind: 'round', progress });
  }
  events.push(0, { kind: 'report' });

  const begin = (progress: Progress, nowMs: number): void => {
    const planned = progress.plan.rounds[progress.round];
    if (!planned) return;
    progress.contextTokens += planned.newTokens;
    const { contextTokens, workerId: ownWorkerId } = progress;
    const blocks = blocksOf(progress);
    const views = workers.map(({ id }, place): WorkerView => ({
      id,
      inFlight: inFlight[place] ?? 0,
      ...(reports[place] as (typeof reports)[number]),
    }));
    const workerId = policy(views, { trajectory: progress.plan.id, ownWorkerId, contextTokens, blocks });
    const place = workers.findIndex(({ id }) => id === workerId);
    const worker = workers[place] as ModelWorker;
    progress.workerId = workerId;
    inFlight[place] = (inFlight[place] ?? 0) + 1;
    const sequence: Sequence = {
      blocks,
      promptTokens: contextTokens,
      generatedTokens: planned.generatedTokens,
      arrivedMs: nowMs,
      cachedTokens: 0,
      leftOfPrompt: contextTokens,
      generated: 0,
      firstTokenMs: 0,
    };
    owners.set(sequence, progress);
    worker.waiting.push(sequence);
    if (!isStepping[place]) events.push(nowMs, { kind: 'step', place });
    isStepping[place] = true;
  };

  const finish = (sequence: Sequence, place: number, nowMs: number): void => {
    const progress = owners.get(sequence) as Progress;
    owners.delete(sequence);
    inFlight[place] = (inFlight[place] ?? 0) - 1;
    times.firstToken.push(sequence.firstTokenMs - sequence.arrivedMs);
    times.round.push(nowMs - sequence.arrivedMs);
    tokens.prompt += sequence.promptTokens;
    tokens.cached += sequence.cachedTokens;
    progress.contextTokens += sequence.generatedTokens;
    progress.round += 1;
    const next = progress.plan.rounds[progress.round];
    if (next) events.push(nowMs + next.pauseMs, { kind: 'round', progress });
    else left -= 1;
  };

  for (let next = events.pop(); next && left > 0; next = events.pop()) {
    const { atMs, event } = next;
    if (event.kind === 'round') begin(event.progress, atMs);
    else if (event.kind === 'report') {
      reports = workers.map(({ running, waiting, cacheUse }) => ({
        running: running.length,
        waiting: waiting.length,
        kvCacheUse: cacheUse,
      }));
      events.push(atMs + TABLE_INTERVAL_MS, event);
    } else {
      const step = (workers[event.place] as ModelWorker).step(atMs);
      isStepping[event.place] = step !== null;
      if (!step) continue;
      for (const sequence of step.done) finish(sequence, event.place, atMs + step.ms);
      events.push(atMs + step.ms, event);
    }
  }
  const quantiles = (values: number[]): { p50: number; p99: number } => {
    values.sort((a, b) => a - b);
    return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
  };
  return {
    policy: policyName,
    rounds: times.round.length,
    hitRate: tokens.cached / tokens.prompt,
    firstTokenMs: quantiles(times.firstToken),
    roundMs: quantiles(times.round),
  };
}

/** All workers of one kind, or the last of them at half speed. */
export function speedsOf(count: number, isLastSlow: boolean): readonly WorkerSpeed[] {
  const slow = {
    ...GPU,
    promptTokensPerMs: GPU.promptTokensPerMs / 2,
    stepMs: GPU.stepMs * 2,
    stepMsPerSequence: GPU.stepMsPerSequence * 2,
  };
  return Array.from({ length: count }, (_, place) => (isLastSlow && place === count - 1 ? slow : GPU));
}

/** The family's blocks, then those of the request's prompt, then those that nobody else has. */
function blocksOf({ plan, contextTokens }: Progress): readonly number[] {
  const promptEnd = plan.familyTokens + (plan.rounds[0]?.newTokens ?? 0);
  return Array.from({ length: Math.floor(contextTokens / BLOCK_TOKENS) }, (_, place) => {
    const end = (place + 1) * BLOCK_TOKENS;
    if (end <= plan.familyTokens) return plan.family * OWN_BLOCKS_EACH + place;
    const owner = end <= promptEnd ? 2 * plan.request : 2 * plan.id + 1;
    return OWN_BLOCKS + owner * OWN_BLOCKS_EACH + place;
  });
}
