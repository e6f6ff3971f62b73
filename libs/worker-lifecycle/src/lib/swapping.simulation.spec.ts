import type { DemandEvent, DemandState, ScalingRule, WorkerDemand } from './demand';
import { transitionDemand } from './demand-transition';
import { NO_GPU_LINKS } from './parse-gpu-topology';

const TICK_MS = 500;
const DRAIN_MS = 2_000;
const START_MS = 5_000;
const SWAP_AFTER_MS = 30_000;
const HOUR_MS = 3_600_000;

/** When clients of a model have requests. */
type Traffic = (nowMs: number) => boolean;

interface Served {
  readonly servedMs: number;
  readonly longestWaitMs: number;
  readonly starts: number;
}

/** One device, models that take turns on it; a model that goes drains first, and one that comes takes its time to start. */
function simulate(traffic: Readonly<Record<string, Traffic>>): Record<string, Served> {
  const names = Object.keys(traffic);
  const times = { scaleUpAfterMs: 2_000, scaleDownAfterMs: 300_000, swapAfterMs: SWAP_AFTER_MS };
  const rules = names.map((name): ScalingRule => ({
    name,
    minCopies: 0,
    maxCopies: 1,
    startCopies: 0,
    demand: { kind: 'cpu', count: 1 },
    ...times,
  }));
  let state: DemandState = { machine: { gpus: [], links: NO_GPU_LINKS, cores: [0] }, deployments: [] };
  const result = new Map(names.map((name) => [name, { servedMs: 0, longestWaitMs: 0, starts: 0 }]));
  const waitsSinceMs = new Map<string, number>();
  let device: { name: string; readyAtMs: number; goneAtMs: number } | null = null;
  const post = (event: DemandEvent): void => {
    state = transitionDemand(state, event).state;
  };
  post({ type: 'declared', nowMs: 0, rules });
  for (let nowMs = 0; nowMs < HOUR_MS; nowMs += TICK_MS) {
    const wanted = state.deployments.find(({ copies }) => copies > 0)?.rule.name ?? null;
    if (device && device.name !== wanted && device.goneAtMs === Infinity) device.goneAtMs = nowMs + DRAIN_MS;
    if (device && nowMs >= device.goneAtMs) device = null;
    if (!device && wanted !== null) {
      device = { name: wanted, readyAtMs: nowMs + START_MS, goneAtMs: Infinity };
      const of = result.get(wanted);
      if (of) of.starts += 1;
    }
    const stays = device !== null && device.goneAtMs === Infinity ? device : null;
    const serving = stays !== null && nowMs >= stays.readyAtMs ? stays.name : null;
    for (const [name, hasRequests] of Object.entries(traffic)) {
      const of = result.get(name) as { servedMs: number; longestWaitMs: number };
      const isBusy = hasRequests(nowMs);
      if (isBusy && serving === name) of.servedMs += TICK_MS;
      if (isBusy && serving !== name) {
        const sinceMs = waitsSinceMs.get(name) ?? nowMs;
        waitsSinceMs.set(name, sinceMs);
        of.longestWaitMs = Math.max(of.longestWaitMs, nowMs - sinceMs + TICK_MS);
      } else waitsSinceMs.delete(name);
      post({ type: 'requests-held', nowMs, deployment: name, gateway: 'g', requests: isBusy && serving !== name ? 1 : 0, leaseMs: 5_000 });
    }
    const load = { running: serving !== null && traffic[serving]?.(nowMs) === true ? 4 : 0, waiting: 0 };
    const workers: WorkerDemand[] = stays ? [{ deployment: stays.name, status: serving ? 'ready' : 'starting', load }] : [];
    post({ type: 'workers-seen', nowMs, workers });
  }
  return Object.fromEntries(result);
}

const always: Traffic = () => true;
const never: Traffic = () => false;
const every =
  (periodMs: number, forMs: number): Traffic =>
  (nowMs) =>
    nowMs % periodMs < forMs;
/** From one that is ready to the next one. */
const TURN_MS = SWAP_AFTER_MS + DRAIN_MS + START_MS + 2 * TICK_MS;

describe('models that share one device for an hour', () => {
  it.each([2, 3, 5])('%i busy ones have equal shares, and wait no longer than the turns of the others', (count) => {
    const served = Object.values(simulate(Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, always]))));

    const shares = served.map(({ servedMs }) => servedMs / HOUR_MS);
    // Most of the hour is served, not spent on swaps.
    expect(shares.reduce((total, share) => total + share, 0)).toBeGreaterThan(0.75);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(0.02);
    for (const { longestWaitMs } of served)
      expect(longestWaitMs).toBeLessThanOrEqual((count - 1) * TURN_MS + DRAIN_MS + START_MS + 2 * TICK_MS);
    const starts = served.reduce((total, one) => total + one.starts, 0);
    expect(starts).toBeLessThanOrEqual(HOUR_MS / SWAP_AFTER_MS + 1);
  });

  it('one that is rarely asked waits a turn at most, and takes little from the busy one', () => {
    const { busy, rare } = simulate({ busy: always, rare: every(600_000, 50_000) });

    expect(rare?.longestWaitMs).toBeLessThanOrEqual(TURN_MS + START_MS);
    expect(rare?.servedMs).toBeGreaterThan(0);
    expect((busy?.servedMs ?? 0) / HOUR_MS).toBeGreaterThan(0.85);
  });

  it('that are asked one after another are swapped once for each, not more', () => {
    const served = simulate({
      day: every(600_000, 290_000),
      night: (nowMs) => !every(600_000, 300_000)(nowMs) && !every(600_000, 10_000)(nowMs),
    });

    expect(served['day']?.starts).toBeLessThanOrEqual(7);
    expect(served['night']?.starts).toBeLessThanOrEqual(7);
    expect(Math.max(served['day']?.longestWaitMs ?? 0, served['night']?.longestWaitMs ?? 0)).toBeLessThanOrEqual(TURN_MS);
  });

  it('that nobody asks for are not started', () => {
    expect(simulate({ one: never, other: never })).toMatchObject({ one: { starts: 0 }, other: { starts: 0 } });
  });
});
