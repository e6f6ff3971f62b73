import { isAppError } from '@interleave/kernel';
import { enoughAfter } from './ports/model-port';
import type { GenerationEnd, GenerationRequest, ModelPort, StepListener } from './ports/model-port';

/** A worker that dies is replaced this often within one round; then the trouble is not the worker's. */
const MAX_TAKEOVERS = 3;

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
      for (const id of step.tokenIds) receivedIds.push(id);
      receivedTokens += step.tokenCount ?? step.tokenIds.length;
      const before = text.length;
      text += step.text;
      const across = step.end || seam === 0 ? null : stopAcrossSeam(text, seam, before, request.stops);
      if (across === null) return onStep(step);
      return enoughAfter(onStep({ ...step, text: text.slice(before, across.textEnd), end: across.end }));
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

/** The new worker knows only its own text: a stop string that began at the old one and was completed by the new one is found here. */
function stopAcrossSeam(
  text: string,
  seam: number,
  alreadySearched: number,
  stops: readonly string[],
): { readonly textEnd: number; readonly end: GenerationEnd } | null {
  let earliest: { textEnd: number; end: GenerationEnd } | null = null;
  for (const stop of stops) {
    const at = text.indexOf(stop, Math.max(0, seam - stop.length + 1));
    const textEnd = at + stop.length;
    const isAcross = at >= 0 && at < seam && textEnd > alreadySearched;
    if (isAcross && (earliest === null || textEnd < earliest.textEnd)) earliest = { textEnd, end: { kind: 'stop-string', stop } };
  }
  return earliest;
}
