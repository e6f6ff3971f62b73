import type { WorkerRow } from '@interleave/contracts';
import { processKeyOf } from '../workers/process-key';

/** Frames of observations, turns and ends of rounds are the same every time; longer ones hardly ever come again. */
const MAX_CHARACTERS = 48;
const MAX_TOKENS = 8;
const MAX_ENTRIES = 2048;

/**
 * What workers answered about short texts and short runs of ids, for as long as they are the same process: saves a request, and the way to a worker,
 * for each frame of an observation and each end of a round.
 */
export class TokenizeCache {
  private readonly idsOfTexts = new Map<string, readonly number[]>();
  private readonly textsOfIds = new Map<string, string>();

  ids(worker: WorkerRow, text: string): readonly number[] | undefined {
    return text.length > MAX_CHARACTERS ? undefined : this.idsOfTexts.get(keyOf(worker, text));
  }

  keepIds(worker: WorkerRow, text: string, ids: readonly number[]): void {
    if (text.length <= MAX_CHARACTERS) keep(this.idsOfTexts, keyOf(worker, text), ids);
  }

  text(worker: WorkerRow, tokenIds: readonly number[]): string | undefined {
    return tokenIds.length > MAX_TOKENS ? undefined : this.textsOfIds.get(keyOf(worker, tokenIds.join(' ')));
  }

  keepText(worker: WorkerRow, tokenIds: readonly number[], text: string): void {
    if (tokenIds.length <= MAX_TOKENS) keep(this.textsOfIds, keyOf(worker, tokenIds.join(' ')), text);
  }
}

function keyOf(worker: WorkerRow, question: string): string {
  return `${processKeyOf(worker)} ${question}`;
}

function keep<Answer>(entries: Map<string, Answer>, key: string, answer: Answer): void {
  const [oldest] = entries.keys();
  if (entries.size >= MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
  entries.set(key, answer);
}
