import type { PolicyName } from './policies';
import { SCENARIOS } from './scenarios';
import type { Outcome } from './simulate';
import { runSweep } from './run-scenarios';

/** What docs/routing.md says, at a size that takes a second. */
describe('routing simulation', () => {
  function play(scenarioName: string, load: number): Record<PolicyName, Outcome> {
    const scenario = SCENARIOS.find(({ name }) => name === scenarioName)!;
    const [point] = runSweep(scenario, { workers: 4, seconds: 60, seed: 7, loads: [load] }).points;
    return Object.fromEntries(point!.outcomes.map((outcome) => [outcome.policy, outcome])) as Record<PolicyName, Outcome>;
  }

  it.each(['chats', 'trainer', 'slow worker'])('finds as many prefixes as consistent hashing, many more than the others: %s', (name) => {
    const outcomes = play(name, 5);
    const { hitRate } = outcomes.interleave;
    expect(hitRate).toBeGreaterThan(outcomes['consistent hashing'].hitRate - 0.02);
    expect(hitRate).toBeGreaterThan(outcomes['least loaded'].hitRate + 0.1);
    expect(hitRate).toBeGreaterThan(outcomes['round robin'].hitRate + 0.1);
  });

  it.each(['chats', 'slow worker'])('keeps the slowest rounds shorter than any other policy: %s', (name) => {
    const { interleave, ...others } = play(name, 6);
    for (const other of Object.values(others)) expect(interleave.roundMs.p99).toBeLessThan(other.roundMs.p99);
  });

  it('does not let a slow worker hold up its trajectories, as hashing does', () => {
    const outcomes = play('slow worker', 7);
    expect(outcomes.interleave.firstTokenMs.p99).toBeLessThan(outcomes['consistent hashing'].firstTokenMs.p99 / 2);
  });

  it('is the same again from the same seed', () => {
    expect(play('chats', 4)).toEqual(play('chats', 4));
  });

  it('plays every round under every policy', () => {
    const counts = Object.values(play('trainer', 4)).map(({ rounds }) => rounds);
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(200);
  });
});
