import type { ModelPort } from './ports/model-port';
import { visibleText } from './visible-text';

/** Tokens that mostly hold the whole stop string: so short an end is the same every time, and a model that remembers its answers is not asked. */
const SHORT_END = 4;

/**
 * What the token that completed a stop string holds beyond it: in the ids, but never in the worker's text.
 * The text of the round holds the stop string once, at its end, so in the decoded end of the ids the overshoot follows its first occurrence.
 */
export async function overshootOf(model: ModelPort, roundIds: readonly number[], stop: string, signal: AbortSignal): Promise<string> {
  for (let count = SHORT_END; ; count *= 4) {
    const tail = await visibleText(model, roundIds.slice(-count), signal);
    const at = tail.indexOf(stop);
    if (at >= 0) return tail.slice(at + stop.length);
    if (count >= roundIds.length) return '';
  }
}
