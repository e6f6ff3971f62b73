import type { Random } from '../harness/random';

/** One round of a trajectory: what the context gains before it, and what it generates. */
export interface PlannedRound {
  /** Of the prompt in the first round, of the observation in later ones. */
  readonly newTokens: number;
  readonly generatedTokens: number;
  /** From the end of the round before to the start of this one: the tool's time. */
  readonly pauseMs: number;
}

export interface PlannedTrajectory {
  readonly id: number;
  readonly startMs: number;
  /** Trajectories of a family begin with the same tokens: a system prompt with examples. */
  readonly family: number;
  readonly familyTokens: number;
  /** Copies of one request share the whole prompt. */
  readonly request: number;
  readonly rounds: readonly PlannedRound[];
}

export interface TrafficOptions {
  readonly seconds: number;
  /** Requests per second; each has so many copies. */
  readonly requestsPerSecond: number;
  readonly copies: number;
  readonly families: number;
}

/** Multi-turn traffic: requests come at random, their trajectories call tools between rounds, contexts grow. */
export function planTraffic({ seconds, requestsPerSecond, copies, families }: TrafficOptions, random: Random): PlannedTrajectory[] {
  const trajectories: PlannedTrajectory[] = [];
  const familyTokens = Array.from({ length: families }, () => random.between(400, 3000));
  let startMs = 0;
  for (let request = 0; ; request += 1) {
    startMs += random.exponential(1000 / requestsPerSecond);
    if (startMs > seconds * 1000) return trajectories;
    // A few families are asked for often, most seldom.
    const family = Math.min(families - 1, Math.floor(random.exponential(families / 4)));
    const promptTokens = random.between(60, 600);
    for (let copy = 0; copy < copies; copy += 1) {
      const rounds = Array.from({ length: random.between(1, 8) }, (_, round) => ({
        newTokens: round === 0 ? promptTokens : random.between(20, 500),
        generatedTokens: Math.min(1500, 20 + Math.round(random.exponential(180))),
        pauseMs: round === 0 ? 0 : 20 + random.exponential(600),
      }));
      trajectories.push({ id: trajectories.length, startMs, family, familyTokens: familyTokens[family] ?? 0, request, rounds });
    }
  }
}
