import { hasClientCall } from './asked-calls';
import type { FunctionGrammar } from './dialect';
import { generateRound } from './generate-round';
import { overshootOf } from './overshoot';
import { enoughAfter } from './ports/model-port';
import type { GenerationEnd, GenerationRequest, ModelPort, StepListener } from './ports/model-port';

/** A model that calls more functions at once than this is in a loop. */
const MAX_CALLS = 128;

export interface CallGeneration {
  readonly grammar: FunctionGrammar;
  readonly clientFunctions: ReadonlySet<string>;
  /** What the round's text begins with, though the model did not write it. */
  readonly opening: string;
}

/**
 * A round in which several functions may be called at once: after a call of the client's the model may go on, with further calls and with nothing else.
 * The round ends where it ends its turn, or before the first thing that is no call: what a function answers is for the client to say.
 */
export async function generateCalls(
  model: ModelPort,
  request: GenerationRequest,
  { grammar, clientFunctions, opening }: CallGeneration,
  onStep: StepListener,
  signal: AbortSignal,
): Promise<void> {
  const ids: number[] = [];
  let text = opening;
  let count = 0;
  /** How the round ends, should no call follow the last one; null before the first. */
  let ended: GenerationEnd | null = null;
  /** What follows a call and may yet turn out to be none. */
  let following = '';
  for (let calls = 1; ; calls += 1) {
    const remaining = { ...request, contextIds: [...request.contextIds, ...ids], maxTokens: request.maxTokens - count };
    const endOfLast = ended;
    let isInCall = endOfLast === null;
    const ending: { closed: GenerationEnd | null } = { closed: null };
    const hear: StepListener = (step) => {
      ids.push(...step.tokenIds);
      count += step.tokenCount ?? step.tokenIds.length;
      following += step.text;
      if (endOfLast !== null && !isInCall && !isCallAhead(following, grammar))
        return enoughAfter(onStep({ ...step, text: '', end: endOfLast }));
      isInCall ||= following.trimStart().startsWith(grammar.opening.source);
      const released = isInCall || step.end ? following : '';
      following = following.slice(released.length);
      text += released;
      const isClosed = step.end?.kind === 'stop-string' && step.end.stop === grammar.closing;
      const goesOn = isClosed && calls < MAX_CALLS && count < request.maxTokens && hasClientCall(text, grammar, clientFunctions);
      if (goesOn) ending.closed = step.end;
      return onStep({ ...step, text: released, end: goesOn ? null : step.end });
    };
    await generateRound(model, remaining, hear, signal);
    const { closed } = ending;
    if (closed?.kind !== 'stop-string') return;
    following = await overshootOf(model, ids, closed.stop, signal);
    // What is no beginning of a call stays in the ids alone.
    if (!isCallAhead(following, grammar)) {
      await onStep({ text: '', tokenIds: [], logprobs: null, end: closed });
      return;
    }
    ended = closed;
  }
}

/** Whether this may be the beginning of a call, or is one. */
function isCallAhead(text: string, { opening }: FunctionGrammar): boolean {
  const begun = text.trimStart();
  return begun.startsWith(opening.source) || opening.source.startsWith(begun);
}
