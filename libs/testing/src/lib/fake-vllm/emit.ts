import { untilAborted } from '../waiting/pause';
import type { FakeFault, FakeReply } from './fake-reply';
import type { FakeTokenizer } from './fake-tokenizer';
import { generate } from './generate';
import type { GenerationStep, SamplingLimits } from './generate';
import { TokenPace } from './token-pace';
import type { Pace } from './token-pace';

/** What goes over the wire next. */
export type Emission =
  | ({ readonly kind: 'chunk' } & GenerationStep)
  | { readonly kind: 'cut' }
  | { readonly kind: 'error-frame' }
  | { readonly kind: 'wrong-json' }
  | { readonly kind: 'huge-frame'; readonly bytes: number }
  | { readonly kind: 'malformed-frame' };

export interface EmitContext {
  readonly tokenizer: FakeTokenizer;
  readonly promptIds: readonly number[];
  readonly pace: Pace;
  readonly isAborted: () => boolean;
  readonly signal: AbortSignal;
}

/** Steps in frames and at their pace, with the scripted fault in its place. Ends early when the signal does. */
export async function* emit(
  reply: FakeReply,
  limits: SamplingLimits,
  { tokenizer, promptIds, pace: defaultPace, isAborted, signal }: EmitContext,
): AsyncGenerator<Emission, void, undefined> {
  const fault = faultAfterTokens(reply.fault);
  const tokensPerChunk = reply.tokensPerChunk ?? 1;
  const pace = new TokenPace({ ...defaultPace, delayMsPerToken: reply.delayMsPerToken ?? defaultPace.delayMsPerToken });
  let count = 0;
  let ids: number[] = [];
  let text = '';
  for (const step of generate(reply, limits, tokenizer, promptIds)) {
    if (fault && count === fault.afterTokens) {
      if (ids.length > 0) yield { kind: 'chunk', ids, text, finish: null };
      [ids, text] = [[], ''];
      if (fault.kind === 'abort') return yield { kind: 'chunk', ids, text, finish: { reason: 'abort', stopReason: null } };
      if (fault.kind === 'engine-error') return yield { kind: 'chunk', ids, text, finish: { reason: 'error', stopReason: null } };
      if (fault.kind === 'stall') return await untilAborted(signal);
      yield fault.kind === 'huge-frame' ? { kind: fault.kind, bytes: fault.bytes } : { kind: fault.kind };
      if (fault.kind !== 'malformed-frame') return;
    }
    if (!(await pace.next(step.ids.length, signal))) return;
    if (isAborted()) return yield { kind: 'chunk', ids, text, finish: { reason: 'abort', stopReason: null } };
    count += step.ids.length;
    ids = [...ids, ...step.ids];
    text += step.text;
    if (ids.length < tokensPerChunk && !step.finish) continue;
    yield { kind: 'chunk', ids, text, finish: step.finish };
    [ids, text] = [[], ''];
  }
}

function faultAfterTokens(fault: FakeFault | undefined): Extract<FakeFault, { readonly afterTokens: number }> | null {
  return fault && 'afterTokens' in fault ? fault : null;
}
