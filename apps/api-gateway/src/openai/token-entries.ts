import { createHash } from 'node:crypto';
import { IMPOSSIBLE_LOGPROB } from './answer-parts';
import type { ChoiceFold } from './choice-fold';

const DIGEST_DOMAIN = 'nemo-gym-tokens';
const DIGEST_VERSION = 1;

export type TokenEntrySchema = 1 | 3;

/**
 * NeMo-Gym's token entries: one per model call, with all that the model had read and what it wrote. Schema 3 also says which call each one goes on from,
 * which is the one before: the context only grows.
 */
export function tokenEntriesOf(choice: ChoiceFold, model: string, schema: TokenEntrySchema): Record<string, unknown>[] {
  return choice.rounds.map(({ start, createdAt }, index) => {
    const after = choice.lossMask.indexOf(0, start);
    const end = Math.min(after < 0 ? choice.lossMask.length : after, choice.rounds[index + 1]?.start ?? Infinity);
    const promptIds = [...choice.promptIds, ...choice.tokenIds.slice(0, start)];
    const generatedIds = choice.tokenIds.slice(start, end);
    return {
      schema_version: schema,
      rollout_id: choice.trajectoryId,
      model_call_id: callId(choice, index),
      model,
      prompt_token_ids: promptIds,
      generation_token_ids: generatedIds,
      generation_log_probs: choice.logprobs.slice(start, end).map((entry) => entry?.logprob ?? IMPOSSIBLE_LOGPROB),
      output_items: [{ type: 'message', role: 'assistant', content: choice.turns.find(({ turn }) => turn === index + 1)?.text ?? '' }],
      token_item_index: 0,
      created_at: createdAt,
      ...(schema === 1 ? {} : lineageOf(choice, index, [...promptIds, ...generatedIds])),
    };
  });
}

function lineageOf(choice: ChoiceFold, index: number, ids: readonly number[]): Record<string, unknown> {
  return {
    parent_call_id: index === 0 ? null : callId(choice, index - 1),
    parent_resolution: index === 0 ? 'root' : 'resolved',
    cum_len: ids.length,
    digest: digestOf(ids),
  };
}

function callId({ trajectoryId }: ChoiceFold, index: number): string {
  return `${trajectoryId}-${index + 1}`;
}

/** SHA-256 of the domain, the version (1 byte), the count and the ids (8 bytes each, big-endian). */
function digestOf(ids: readonly number[]): string {
  const bytes = Buffer.alloc(9 + 8 * ids.length);
  bytes.writeUInt8(DIGEST_VERSION, 0);
  bytes.writeBigUInt64BE(BigInt(ids.length), 1);
  // Ids take less than half of their eight bytes.
  for (const [index, id] of ids.entries()) bytes.writeUInt32BE(id, 13 + 8 * index);
  return createHash('sha256').update(DIGEST_DOMAIN).update(bytes).digest('hex');
}
