import { fitMachine, placementWarnings } from './fit-machine';
import type { Fit } from './fit-machine';
import type { ScalingRule } from './demand';
import type { Machine } from './device';

type Range = Pick<ScalingRule, 'name' | 'minCopies' | 'maxCopies' | 'demand'>;

/**
 * Whether deployments can live on a machine: the least of all at once, the most of each alone, and one copy of each beside the least of the
 * others. Whatever is beyond that they take in turns.
 */
export function fitScaling(ranges: readonly Range[], machine: Machine): Fit {
  const isFixed = ranges.every(({ minCopies, maxCopies }) => minCopies === maxCopies);
  const least = ranges.map(({ name, demand, minCopies }) => ({ name, demand, copies: minCopies }));
  const together = fitMachine(least, machine, isFixed ? 'NUM_MODELS' : 'MIN_MODELS');
  if (together.kind === 'no-room' || isFixed) return together;
  for (const { name, demand, minCopies, maxCopies } of ranges) {
    const alone = fitMachine([{ name, demand, copies: maxCopies }], machine, 'MAX_MODELS');
    if (alone.kind === 'no-room') return alone;
    if (minCopies > 0 || maxCopies === 0) continue;
    const beside = least.map((other) => (other.name === name ? { ...other, copies: 1 } : other));
    const once = fitMachine(beside, machine, 'MIN_MODELS');
    if (once.kind === 'no-room') return { kind: 'no-room', problem: `${name} would never have a copy: ${once.problem}` };
  }
  const most = ranges.map(({ name, demand, maxCopies }) => ({ name, demand, copies: maxCopies }));
  return { kind: 'fits', warnings: placementWarnings(most, machine) };
}
