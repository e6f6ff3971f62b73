import { isAppError } from '@interleave/kernel';
import { withoutHiddenSpellings } from './control-spelling';
import type { GenerationEnd, GenerationRequest, GenerationStep, Heard, ModelPort, StepListener } from './ports/model-port';

/** A worker that dies is replaced this often within one round; then the trouble is not the worker's. */
const MAX_TAKEOVERS = 3;
/** A character is no more tokens than it has bytes. */
const MAX_TOKENS_PER_CHARACTER = 4;

/**
 * One round of generation, whatever happens to the worker in the middle: when it is lost, the round goes on elsewhere from the context
 * and the ids received so far, with what is left of the budget. The listener hears one sequence of steps that ends with `end` set.
 */
export async function generateRound(
  model: ModelPort,
  request: GenerationRequest,
  onStep: StepListener,
  signal: AbortSignal,
): Promise<void> {
  const receivedIds: number[] = [];
  let receivedTokens = 0;
  let text = '';
  const receive = (step: GenerationStep): Heard => {
    for (const id of step.tokenIds) receivedIds.push(id);
    receivedTokens += step.tokenCount ?? step.tokenIds.length;
    text += step.text;
    return onStep(step);
  };
  for (let takeovers = 0; ; takeovers += 1) {
    const seam = text.length;
    const remaining: GenerationRequest = {
      ...request,
      contextIds: receivedIds.length === 0 ? request.contextIds : [...request.contextIds, ...receivedIds],
      maxTokens: request.maxTokens - receivedTokens,
    };
    if (remaining.maxTokens < 1) {
      await onStep({ text: '', tokenIds: [], logprobs: null, end: { kind: 'length' } });
      return;
    }
    const hear: StepListener = (step) => {
      const across = seam === 0 ? null : stopAcrossSeam(text, step, seam, request.stops);
      return across === null ? receive(step) : endAt(across, step);
    };
    const endAt = async ({ stop, textLength }: StopInStep, step: GenerationStep): Promise<'enough'> => {
      const before = receivedIds.slice(-MAX_TOKENS_PER_CHARACTER * stop.length);
      const count = await tokensUpTo(model, stop, before, step.tokenIds, signal);
      const logprobs = step.logprobs && step.logprobs.slice(0, count);
      const end: GenerationEnd = { kind: 'stop-string', stop };
      await receive({ ...step, text: step.text.slice(0, textLength), tokenIds: step.tokenIds.slice(0, count), logprobs, end });
      return 'enough';
    };
    try {
      await model.generate(remaining, hear, signal);
      return;
    } catch (error) {
      const isLost = isAppError(error) && error.code === 'worker_lost';
      if (!isLost || signal.aborted || takeovers === MAX_TAKEOVERS) throw error;
    }
  }
}

/** A stop string that is complete in a step. */
interface StopInStep {
  readonly stop: string;
  /** Of the step's text, up to the stop string's end. */
  readonly textLength: number;
}

/** The new worker knows only its own text: a stop string that began at the old one and was completed by the new one is found here. */
function stopAcrossSeam(before: string, { text, end }: GenerationStep, seam: number, stops: readonly string[]): StopInStep | null {
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

/** Tokens may come together, and the worker didn't know that it had to stop: how many of them it takes to complete the stop string. */
async function tokensUpTo(
  model: ModelPort,
  stop: string,
  before: readonly number[],
  tokenIds: readonly number[],
  signal: AbortSignal,
): Promise<number> {
  for (let count = 1; count < tokenIds.length; count += 1) {
    const text = withoutHiddenSpellings(await model.detokenize([...before, ...tokenIds.slice(0, count)], signal));
    if (text.includes(stop)) return count;
  }
  return tokenIds.length;
}
