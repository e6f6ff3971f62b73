import type { FakeReply } from './fake-reply';
import type { FakeTokenizer } from './fake-tokenizer';
import { IncrementalText } from './incremental-text';
import { findStop, heldBackLength } from './stop-strings';

export interface SamplingLimits {
  readonly maxTokens: number;
  readonly minTokens: number;
  readonly stops: readonly string[];
  readonly isStopIncluded: boolean;
  readonly stopTokenIds: readonly number[];
  readonly isEosIgnored: boolean;
  readonly areSpecialsSkipped: boolean;
}

export interface Finish {
  readonly reason: 'stop' | 'length' | 'repetition' | 'abort' | 'error';
  readonly stopReason: string | number | null;
}

/** What one engine step adds: ids at once, text as far as it may be shown, and at the end why it ended. */
export interface GenerationStep {
  readonly ids: readonly number[];
  readonly text: string;
  readonly finish: Finish | null;
}

/**
 * An answer, step by step, by vLLM's rules: the engine ends it at the end of sequence, a stop token or the token limit; stop strings are looked
 * for in the text afterwards and win over all of these. Ids keep whole tokens, text ends at the stop string.
 */
export function* generate(
  reply: FakeReply,
  limits: SamplingLimits,
  tokenizer: FakeTokenizer,
  promptIds: readonly number[] = [],
): Generator<GenerationStep, void, undefined> {
  const tokens = tokensOf(reply, tokenizer);
  const incremental = new IncrementalText(promptIds.filter((id) => !(limits.areSpecialsSkipped && tokenizer.isSpecial(id))));
  let count = 0;
  let text = '';
  let shown = 0;
  for (;;) {
    const ids: number[] = [];
    const checkedLength = text.length;
    let finish: Finish | null = null;
    while (ids.length < (reply.tokensPerStep ?? 1) && !finish) {
      const { value: token, done } = tokens.next();
      if (done) {
        // An engine that gives up says so in a step of its own, without tokens.
        if (ids.length === 0) finish = { reason: scriptedReason(reply), stopReason: null };
        break;
      }
      ids.push(token.id);
      count += 1;
      finish =
        engineFinish(token.id, count, limits, tokenizer) ?? (token.isLast ? { reason: scriptedReason(reply), stopReason: null } : null);
      const isHidden = limits.areSpecialsSkipped && tokenizer.isSpecial(token.id);
      const isStopToken = finish?.reason === 'stop' && !limits.isStopIncluded;
      if (!isHidden && !isStopToken) text += incremental.push(token.id);
    }
    const hit = count > limits.minTokens || limits.minTokens === 0 ? findStop(text, checkedLength, limits.stops) : null;
    if (hit) {
      text = text.slice(0, limits.isStopIncluded ? hit.end : hit.end - hit.stop.length);
      finish = { reason: 'stop', stopReason: hit.stop };
    }
    const visible = finish ? text.length : Math.max(shown, heldBackLength(text, limits.stops, limits.isStopIncluded));
    yield { ids, text: text.slice(shown, visible), finish };
    if (finish) return;
    shown = visible;
  }
}

function* tokensOf(reply: FakeReply, tokenizer: FakeTokenizer): Generator<{ id: number; isLast: boolean }, void, undefined> {
  const ids = reply.tokenIds ?? tokenizer.encode(reply.text ?? '');
  const finish = reply.finish ?? 'eos';
  const isLimit = finish === 'length' || finish === 'repetition';
  for (const [index, id] of ids.entries()) yield { id, isLast: isLimit && index === ids.length - 1 };
  if (finish !== 'eos' && finish !== 'endless') return;
  while (finish === 'endless' && ids.length > 0) for (const id of ids) yield { id, isLast: false };
  for (;;) yield { id: tokenizer.eosId, isLast: false };
}

function scriptedReason({ finish }: FakeReply): Finish['reason'] {
  return finish === undefined || finish === 'eos' || finish === 'endless' ? 'stop' : finish;
}

function engineFinish(id: number, count: number, limits: SamplingLimits, tokenizer: FakeTokenizer): Finish | null {
  if (count > limits.minTokens) {
    if (id === tokenizer.eosId && !limits.isEosIgnored) return { reason: 'stop', stopReason: null };
    if (limits.stopTokenIds.includes(id)) return { reason: 'stop', stopReason: id };
  }
  return count >= limits.maxTokens ? { reason: 'length', stopReason: null } : null;
}
