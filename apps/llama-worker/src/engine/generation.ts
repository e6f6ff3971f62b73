import { AsyncQueue } from '@interleave/kernel';
import type { GenerationRequest } from './generation-request';
import type { GenerationStep } from './generation-step';

/** An answer in the making: its steps as they come. Iterating throws when it is aborted or the engine breaks. */
export class Generation implements AsyncIterable<GenerationStep> {
  private readonly steps = new AsyncQueue<GenerationStep>();
  private undelivered: GenerationStep[] = [];
  /** Tokens of the prompt that did not have to be computed; known from the first step on. */
  cachedTokens = 0;
  generatedTokens = 0;

  constructor(readonly request: GenerationRequest) {}

  push(step: GenerationStep): void {
    this.generatedTokens += 1;
    this.undelivered.push(step);
  }

  /** Hands what was pushed to the reader. */
  deliver(): void {
    const steps = this.undelivered;
    this.undelivered = [];
    for (const step of steps) this.steps.push(step);
    if (steps.at(-1)?.finish) this.steps.close();
  }

  fail(error: unknown): void {
    this.steps.fail(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<GenerationStep> {
    return this.steps[Symbol.asyncIterator]();
  }
}
