import { assertNever } from '@interleave/kernel';
import { heldRequests, requestsOf } from './demand';
import type { DemandEvent, DemandState, DemandStep, DeploymentDemand, Hold, ScalingChange } from './demand';
import { shareDevices } from './share-devices';
import type { WorkerStatus } from './worker-state';

/** What such a worker will be is not known yet, or somebody has it in hand: one that is stopped was drained on request. */
const UNSETTLED: ReadonlySet<WorkerStatus> = new Set([
  'starting',
  'falling-asleep',
  'waking',
  'backoff',
  'draining',
  'stopping',
  'stopped',
]);
/** More gateways than that ask for the same: one more changes nothing. */
const MAX_GATEWAYS = 256;

/**
 * How many copies of each deployment there are to be, by what is asked of them: one more when requests wait on all of them, one less after
 * a time with fewer requests than copies, the first one as soon as a request waits for it, where need be in the place of another deployment.
 */
export function transitionDemand(before: DemandState, event: DemandEvent): DemandStep {
  const { nowMs } = event;
  const noted = note(before.deployments, event).map((one) => mark(one, nowMs));
  const deployments = shareDevices(noted, { machine: before.machine, nowMs, asked: askedBy(before.deployments, event) });
  const known = new Map(before.deployments.map(({ rule, copies }) => [rule.name, copies]));
  const changes = deployments.flatMap(({ rule: { name }, copies, because }): ScalingChange[] => {
    const had = known.get(name) ?? 0;
    return copies === had ? [] : [{ deployment: name, before: had, copies, because }];
  });
  return { state: { ...before, deployments }, changes };
}

function note(deployments: readonly DeploymentDemand[], event: DemandEvent): readonly DeploymentDemand[] {
  switch (event.type) {
    case 'declared': {
      const known = new Map(deployments.map((one) => [one.rule.name, one]));
      return event.rules.map((rule) => ({ ...(known.get(rule.name) ?? NOTHING), rule }));
    }
    case 'workers-seen':
      return deployments.map((one) => ({ ...one, workers: event.workers.filter(({ deployment }) => deployment === one.rule.name) }));
    case 'requests-held':
      return deployments.map((one) => (one.rule.name === event.deployment ? hold(one, event) : one));
    default:
      return assertNever(event);
  }
}

/** Numbers of copies that somebody has just said. */
function askedBy(deployments: readonly DeploymentDemand[], event: DemandEvent): ReadonlyMap<string, number> {
  if (event.type !== 'declared') return new Map();
  const known = new Map(deployments.map(({ rule }) => [rule.name, rule.startCopies]));
  return new Map(
    event.rules.flatMap(({ name, startCopies }): [string, number][] => {
      if (known.get(name) === startCopies) return [];
      return [[name, event.present ? (event.present.get(name) ?? 0) : startCopies]];
    }),
  );
}

function hold(one: DeploymentDemand, event: Extract<DemandEvent, { type: 'requests-held' }>): DeploymentDemand {
  const holds = new Map<string, Hold>(one.holds);
  if (event.requests === 0) holds.delete(event.gateway);
  else if (holds.has(event.gateway) || holds.size < MAX_GATEWAYS) {
    holds.set(event.gateway, { requests: event.requests, untilMs: event.nowMs + event.leaseMs });
  }
  return { ...one, holds };
}

/** Since when what is so is so. */
function mark(one: DeploymentDemand, nowMs: number): DeploymentDemand {
  const holds = new Map([...one.holds].filter(([, { untilMs }]) => untilMs > nowMs));
  const { workers, copies } = one;
  const held = heldRequests({ holds });
  const requests = requestsOf({ workers, holds });
  const serving = workers.filter(({ status }) => status === 'ready');
  const isSettled = workers.length === copies && workers.every(({ status }) => !UNSETTLED.has(status));
  const isQueued = serving.length > 0 && (held > 0 || serving.every(({ load }) => load !== null && load.waiting > 0));
  const since = (isSo: boolean, sinceMs: number | null): number | null => (isSo ? (sinceMs ?? nowMs) : null);
  return {
    ...one,
    holds,
    starvedSinceMs: since(copies === 0 && held > 0, one.starvedSinceMs),
    queuedSinceMs: since(isSettled && isQueued, one.queuedSinceMs),
    slackSinceMs: since(isSettled && requests !== null && requests < copies, one.slackSinceMs),
    idleSinceMs: since(requests === 0, one.idleSinceMs),
    residentSinceMs: since(copies > 0 && (serving.length > 0 || one.residentSinceMs !== null), one.residentSinceMs),
  };
}

const NOTHING: Omit<DeploymentDemand, 'rule'> = {
  copies: 0,
  because: null,
  workers: [],
  holds: new Map(),
  starvedSinceMs: null,
  queuedSinceMs: null,
  slackSinceMs: null,
  idleSinceMs: null,
  residentSinceMs: null,
};
