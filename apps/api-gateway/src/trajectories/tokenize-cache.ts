import type { WorkerRow } from '@interleave/contracts';
import { processKeyOf } from '../workers/process-key';

/** Frames of observations, turns and ends of rounds are the same every time; longer ones hardly ever come again. */
const MAX_CHARACTERS = 48;
const MAX_TOKENS = 8;
const MAX_ENTRIES = 2048;

/** What workers answered about short texts and short runs of ids: saves a request for each frame of an observation and each end of a round. */
export class TokenizeCache {
  private readonly idsOfTexts = new Map<string, readonly number[]>();
  private readonly textsOfIds = new Map<string, string>();

  /** The worker's answer to a text, asked for at most once as long as it is the same process. */
  get(worker: WorkerRow, text: string, ask: () => Promise<readonly number[]>): Promise<readonly number[]> {
    return text.length > MAX_CHARACTERS ? ask() : remembered(this.idsOfTexts, worker, text, ask);
  }

  /** The same the other way round. */
  text(worker: WorkerRow, tokenIds: readonly number[], ask: () => Promise<string>): Promise<string> {
    return tokenIds.length > MAX_TOKENS ? ask() : remembered(this.textsOfIds, worker, tokenIds.join(' '), ask);
  }
}

async function remembered<Answer>(
  entries: Map<string, Answer>,
  worker: WorkerRow,
  question: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const key = `${processKeyOf(worker)} ${question}`;
  const known = entries.get(key);
  if (known !== undefined) return known;
  const answer = await ask();
  const [oldest] = entries.keys();
  if (entries.size >= MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
  entries.set(key, answer);
  return answer;
}
