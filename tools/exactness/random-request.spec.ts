import { Random } from '../harness/random';
import { randomOutput, randomRequest } from './random-request';

describe('random requests', () => {
  it('follow from their seed, and differ', () => {
    expect(randomRequest('q', 7)).toEqual(randomRequest('q', 7));
    const bodies = Array.from({ length: 50 }, (_, seed) => JSON.stringify({ ...randomRequest('q', seed).body, seed: 0 }));
    expect(new Set(bodies).size).toBeGreaterThan(25);
  });

  it('never insist on more runs than they allow', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const { interleave } = randomRequest('q', seed).body as { interleave: { min_turns: number; max_turns: number } };
      expect(interleave.min_turns).toBeLessThanOrEqual(interleave.max_turns);
    }
  });

  it('draw outputs of every kind', () => {
    const random = new Random(1);
    expect(new Set(Array.from({ length: 300 }, () => randomOutput(random).slice(0, 9))).size).toBeGreaterThan(50);
  });
});
