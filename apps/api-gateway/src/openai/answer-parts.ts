import type { TurnRecord } from '@interleave/turn-engine';
import type { ChoiceFold, PlacedLogprob } from './choice-fold';
import { tokenEntriesOf } from './token-entries';
import type { TokenEntrySchema } from './token-entries';

/** The parts that chat and text completions, streamed and plain, have in common. Wire JSON. */

export function interleaveOf(
  choice: ChoiceFold,
  model: string,
  options: { readonly tokenIds: boolean; readonly tokenEntries: TokenEntrySchema | null },
): Record<string, unknown> {
  return {
    trajectory_id: choice.trajectoryId,
    stop_cause: choice.stopCause,
    tool_calls: choice.toolCalls,
    turns: choice.turns.map(turnOf),
    ...(choice.sessionId === null ? {} : { session_id: choice.sessionId }),
    ...(options.tokenEntries === null ? {} : { token_entries: tokenEntriesOf(choice, model, options.tokenEntries) }),
    ...(options.tokenIds
      ? {
          prompt_token_ids: choice.promptIds,
          token_ids: choice.tokenIds,
          loss_mask: choice.lossMask,
          logprobs: choice.logprobs.map((entry) => entry?.logprob ?? null),
        }
      : {}),
  };
}

function turnOf(record: TurnRecord): Record<string, unknown> {
  const { result } = record;
  return {
    turn: record.turn,
    text: record.text,
    code: record.code,
    output: record.output,
    status: record.isInvalidAction ? 'invalid_action' : (result?.status ?? null),
    state: result?.state ?? null,
    wall_ms: result?.wallMs ?? null,
    queued_ms: result?.queuedMs ?? null,
    call_ms: result?.callMs ?? null,
  };
}

/** `completion_tokens` is what the model generated; what tools wrote and what was sent again stands apart. The prompt counts once per prompt. */
export function usageOf(choices: readonly ChoiceFold[], n: number): Record<string, unknown> {
  const sum = (count: (choice: ChoiceFold) => number): number => choices.reduce((total, choice) => total + count(choice), 0);
  const promptTokens = choices.filter((_, index) => index % n === 0).reduce((total, choice) => total + choice.promptIds.length, 0);
  const completionTokens = sum((choice) => choice.generatedTokens);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    interleave: { observation_tokens: sum((choice) => choice.observedTokens), resent_tokens: sum((choice) => choice.resentTokens) },
  };
}

/** OpenAI's word for a token that is impossible: JSON has no infinity. */
export const IMPOSSIBLE_LOGPROB = -9999;

/** Logprobs in the form of chat completions: exactly the `top` most likely tokens, whether or not the chosen one is among them. */
export function chatLogprobsOf(entries: readonly PlacedLogprob[], top: number): Record<string, unknown> {
  const shape = (token: string, logprob: number | null) => ({
    token,
    logprob: logprob ?? IMPOSSIBLE_LOGPROB,
    bytes: [...Buffer.from(token, 'utf8')],
  });
  return {
    content: entries.map((entry) => ({
      ...shape(entry.token, entry.logprob),
      top_logprobs: Object.entries(entry.top ?? {})
        .sort(([, one], [, other]) => other - one)
        .slice(0, top)
        .map(([token, logprob]) => shape(token, logprob)),
    })),
    refusal: null,
  };
}

/** Logprobs in the form of text completions: the chosen token is among the most likely ones, as one more if need be. */
export function textLogprobsOf(entries: readonly PlacedLogprob[]): Record<string, unknown> {
  return {
    tokens: entries.map(({ token }) => token),
    token_logprobs: entries.map(({ logprob }) => logprob),
    top_logprobs: entries.map(({ top }) => top),
    text_offset: entries.map(({ offset }) => offset),
  };
}
