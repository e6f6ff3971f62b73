import fc from 'fast-check';
import { planBatch } from './plan-batch';

describe('plan of a pass', () => {
  it('serves running answers before prompts, and prompts in the order they came', () => {
    expect(planBatch([10, 1, 7, 1], 12)).toEqual([10, 1, 0, 1]);
    expect(planBatch([10, 1, 7, 1], 15)).toEqual([10, 1, 3, 1]);
  });

  it('fills the pass but never overfills it, and always gets on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 20, max: 512 }),
        (pending, size) => {
          const plan = planBatch(pending, size);
          const taken = plan.reduce((sum, count) => sum + count, 0);

          expect(taken).toBe(
            Math.min(
              size,
              pending.reduce((sum, count) => sum + count, 0),
            ),
          );
          plan.forEach((count, index) => expect(count).toBeLessThanOrEqual(pending[index] ?? 0));
        },
      ),
    );
  });
});
