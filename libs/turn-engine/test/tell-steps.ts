import type { GenerationStep, StepListener } from '../src';

/** Tells a listener of steps as a model must: it waits where it is asked to, and stops when it is told to. */
export async function tellSteps(steps: AsyncIterable<GenerationStep>, onStep: StepListener): Promise<void> {
  for await (const step of steps) if ((await onStep(step)) === 'enough') return;
}
