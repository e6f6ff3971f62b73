import { heldRequests, isBroken, requestsOf } from './demand';
import type { DeploymentDemand } from './demand';
import type { Machine } from './device';
import { fitMachine } from './fit-machine';

/** A model that is between two rounds of an answer looks idle for a moment. */
const IDLE_BEFORE_SWAP_MS = 2_000;

export interface SharingFacts {
  readonly machine: Machine;
  readonly nowMs: number;
  /** Copies that somebody has just said, by deployment. */
  readonly asked: ReadonlyMap<string, number>;
}

/**
 * How many copies each deployment has from now on. Nobody has fewer than the least, nor more than the most that it declares, and all of
 * them fit the machine. Deployments without a copy get theirs in the order in which their requests came: whoever comes later takes
 * nothing that the first one waits for. A copy of another one makes room for it: one that nobody uses, or of one that has served for its time.
 */
export function shareDevices(deployments: readonly DeploymentDemand[], facts: SharingFacts): readonly DeploymentDemand[] {
  const shares = new Shares(deployments, facts);
  shares.keepBounds();
  shares.giveAsked();
  shares.takeUnused();
  shares.feedStarved();
  shares.growQueued();
  return shares.result();
}

/** A change in the making. */
type Trial = Map<string, number>;

class Shares {
  private readonly copies: Trial;
  private readonly reasons = new Map<string, string | null>();
  /** Kinds of devices for which a deployment without any waits. */
  private readonly promised = new Set<'gpu' | 'cpu'>();

  constructor(
    private readonly deployments: readonly DeploymentDemand[],
    private readonly facts: SharingFacts,
  ) {
    this.copies = new Map(deployments.map(({ rule, copies }) => [rule.name, copies]));
  }

  result(): readonly DeploymentDemand[] {
    return this.deployments.map((one) => {
      const { name } = one.rule;
      const copies = this.has(one);
      if (copies === one.copies) return one;
      const because = this.reasons.get(name) ?? null;
      // What was measured belongs to another number of copies.
      const changed = { ...one, copies, because, queuedSinceMs: null, slackSinceMs: null };
      return copies === 0 ? { ...changed, workers: [], residentSinceMs: null } : { ...changed, starvedSinceMs: null };
    });
  }

  keepBounds(): void {
    for (const one of this.deployments) {
      const { minCopies, maxCopies } = one.rule;
      this.set(one, Math.min(maxCopies, Math.max(minCopies, this.has(one))), null);
    }
    // The least that each is to have comes before the more that another one has.
    const spare = [...this.deployments].sort((left, right) => this.rankOf(left) - this.rankOf(right));
    for (const one of spare) {
      while (!this.fits(this.copies) && this.has(one) > one.rule.minCopies) this.set(one, this.has(one) - 1, 'others need its devices');
    }
  }

  giveAsked(): void {
    for (const one of this.deployments) {
      const asked = this.facts.asked.get(one.rule.name);
      if (asked === undefined) continue;
      const wanted = Math.min(one.rule.maxCopies, Math.max(one.rule.minCopies, asked));
      if (wanted < this.has(one)) this.set(one, wanted, null);
      while (this.has(one) < wanted && this.fits(this.with(one, 1))) this.set(one, this.has(one) + 1, null);
    }
  }

  takeUnused(): void {
    for (const one of this.deployments) {
      const { minCopies, scaleDownAfterMs } = one.rule;
      if (this.has(one) <= minCopies || !this.lasts(one.slackSinceMs, scaleDownAfterMs)) continue;
      const what = isBroken(one)
        ? 'it has failed, and nothing came of it'
        : requestsOf(one) === 0
          ? 'no request'
          : 'fewer requests than copies';
      this.set(one, this.has(one) - 1, `scaled down: ${what} for ${seconds(this.facts.nowMs - (one.slackSinceMs ?? 0))}`);
    }
  }

  feedStarved(): void {
    const starved = this.deployments
      .filter(({ starvedSinceMs, rule }) => starvedSinceMs !== null && rule.maxCopies > 0)
      .sort((left, right) => (left.starvedSinceMs ?? 0) - (right.starvedSinceMs ?? 0));
    for (const one of starved) {
      const { kind } = one.rule.demand;
      if (this.has(one) > 0 || this.promised.has(kind)) continue;
      const because = `${requests(heldRequests(one))} for it`;
      if (!this.place(one, because, (other) => this.mayGo(other))) this.promised.add(kind);
    }
  }

  growQueued(): void {
    for (const one of this.deployments) {
      const { rule, queuedSinceMs } = one;
      if (this.has(one) !== one.copies || this.has(one) >= rule.maxCopies || this.promised.has(rule.demand.kind)) continue;
      if (!this.lasts(queuedSinceMs, rule.scaleUpAfterMs)) continue;
      const waiting = heldRequests(one) + one.workers.reduce((total, { load }) => total + (load?.waiting ?? 0), 0);
      const because = `scaled up: ${waiting} ${waiting === 1 ? 'request' : 'requests'} waited, some for ${seconds(this.facts.nowMs - (queuedSinceMs ?? 0))}`;
      // Who has a copy already takes only what has long been of no use.
      this.place(one, because, (other) => isBroken(other) || this.lasts(other.idleSinceMs, other.rule.swapAfterMs));
    }
  }

  /** Gives it one more copy, in the place of others if there is no other way. */
  private place(one: DeploymentDemand, because: string, mayGo: (other: DeploymentDemand) => boolean): boolean {
    const trial = this.with(one, 1);
    const candidates = this.deployments
      .filter((other) => other !== one && other.rule.demand.kind === one.rule.demand.kind && mayGo(other))
      .sort((left, right) => this.rankOf(left) - this.rankOf(right));
    const taken: DeploymentDemand[] = [];
    for (const other of candidates) {
      while (!this.fits(trial) && (trial.get(other.rule.name) ?? 0) > other.rule.minCopies) {
        trial.set(other.rule.name, (trial.get(other.rule.name) ?? 0) - 1);
        taken.push(other);
      }
    }
    if (!this.fits(trial)) return false;
    // A large one that went last may have made the small ones before it unnecessary.
    for (const other of taken) {
      const back = new Map(trial).set(other.rule.name, (trial.get(other.rule.name) ?? 0) + 1);
      if (this.fits(back)) trial.set(other.rule.name, back.get(other.rule.name) ?? 0);
    }
    for (const other of taken)
      this.set(other, trial.get(other.rule.name) ?? 0, `evicted for ${one.rule.name}: ${requests(heldRequests(one))} for it`);
    this.set(one, this.has(one) + 1, because);
    return true;
  }

  private mayGo(other: DeploymentDemand): boolean {
    const { swapAfterMs } = other.rule;
    return (
      isBroken(other) ||
      this.lasts(other.idleSinceMs, Math.min(IDLE_BEFORE_SWAP_MS, swapAfterMs)) ||
      this.lasts(other.residentSinceMs, swapAfterMs)
    );
  }

  /** Lower goes first: what has failed, what is idle the longest, what has more than one, what has served the longest. */
  private rankOf(one: DeploymentDemand): number {
    const { nowMs } = this.facts;
    if (isBroken(one)) return -Number.MAX_VALUE;
    if (one.idleSinceMs !== null) return one.idleSinceMs - nowMs - 1;
    const served = one.residentSinceMs === null ? 0 : nowMs - one.residentSinceMs;
    return (this.has(one) > 1 ? 0 : 1) + 1 / (1 + served);
  }

  private lasts(sinceMs: number | null, forMs: number): boolean {
    return sinceMs !== null && this.facts.nowMs - sinceMs >= forMs;
  }

  private fits(trial: ReadonlyMap<string, number>): boolean {
    const demands = this.deployments.map(({ rule: { name, demand } }) => ({ name, demand, copies: trial.get(name) ?? 0 }));
    return fitMachine(demands, this.facts.machine).kind === 'fits';
  }

  private with(one: DeploymentDemand, more: number): Trial {
    return new Map(this.copies).set(one.rule.name, this.has(one) + more);
  }

  private has(one: DeploymentDemand): number {
    return this.copies.get(one.rule.name) ?? 0;
  }

  private set(one: DeploymentDemand, copies: number, because: string | null): void {
    if (copies === this.has(one)) return;
    this.copies.set(one.rule.name, copies);
    this.reasons.set(one.rule.name, because);
  }
}

function requests(count: number): string {
  return count === 1 ? '1 request waits' : `${count} requests wait`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
