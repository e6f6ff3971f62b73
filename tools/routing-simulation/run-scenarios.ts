import { POLICY_NAMES } from './policies';
import type { PolicyName } from './policies';
import { Random } from '../harness/random';
import type { Scenario } from './scenarios';
import { simulate, speedsOf } from './simulate';
import type { Outcome } from './simulate';
import { planTraffic } from './traffic';

export interface Sweep {
  readonly scenario: Scenario;
  /** Trajectories per second over all workers, and what became of them under each policy. */
  readonly points: readonly { readonly load: number; readonly outcomes: readonly Outcome[] }[];
}

export interface SweepOptions {
  readonly workers: number;
  readonly seconds: number;
  readonly seed: number;
  readonly loads: readonly number[];
  readonly policies?: readonly PolicyName[];
}

/** All policies on the same traffic, at each of the loads. */
export function runSweep(scenario: Scenario, { workers, seconds, seed, loads, policies = POLICY_NAMES }: SweepOptions): Sweep {
  const points = loads.map((load) => {
    const requestsPerSecond = load / scenario.traffic.copies;
    const traffic = planTraffic({ ...scenario.traffic, seconds, requestsPerSecond }, new Random(seed));
    return { load, outcomes: policies.map((policy) => simulate(policy, traffic, speedsOf(workers, scenario.isLastSlow))) };
  });
  return { scenario, points };
}
