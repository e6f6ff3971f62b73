import type { GenerationStep, ModelPort } from './ports/model-port';
import { visibleText } from './visible-text';

/** A character is no more tokens than it has bytes. */
const MAX_TOKENS_PER_CHARACTER = 4;

/** A stop string that is complete in a step. */
export interface StopInStep {
  readonly stop: string;
  /** Of the step's text, up to the stop string's end. */
  readonly textLength: number;
}

/**
 * The new worker knows only its own text: a stop string that began at the old one and was completed by the new one is found here.
 * @param before the round's text before this step
 * @param seam how much of it is the old worker's
 */
export function stopAcrossSeam(before: string, { text, end }: GenerationStep, seam: number, stops: readonly string[]): StopInStep | null {
  let earliest: StopInStep | null = null;
  for (const stop of stops) {
    // What begins before the seam is complete so soon after it, or not at all.
    if (before.length - seam >= stop.length - 1) continue;
    const start = Math.max(0, seam - stop.length + 1);
    const at = start + (before.slice(start) + text).indexOf(stop);
    const textLength = at + stop.length - before.length;
    const isAcross = at >= start && at < seam && textLength > 0;
    if (isAcross && (earliest === null || textLength < earliest.textLength)) earliest = { stop, textLength };
  }
  // The worker's text ends with the stop string that it found itself.
  const isLater = earliest?.textLength === text.length && end?.kind === 'stop-string';
  return isLater ? null : earliest;
}

/** The step as far as the stop string goes. Tokens may come together, and the worker didn't know where to stop: those after it are left out. */
export async function cutAtStop(
  model: Pick<ModelPort, 'detokenize'>,
  step: GenerationStep,
  { stop, textLength }: StopInStep,
  idsBefore: readonly number[],
  signal: AbortSignal,
): Promise<GenerationStep> {
  const before = idsBefore.slice(-MAX_TOKENS_PER_CHARACTER * stop.length);
  let count = 1;
  while (count < step.tokenIds.length) {
    if ((await visibleText(model, [...before, ...step.tokenIds.slice(0, count)], signal)).includes(stop)) break;
    count += 1;
  }
  return {
    ...step,
    text: step.text.slice(0, textLength),
    tokenIds: step.tokenIds.slice(0, count),
    logprobs: step.logprobs && step.logprobs.slice(0, count),
    end: { kind: 'stop-string', stop },
  };
}
