import type { WorkerRow } from '@interleave/contracts';

/** Frames of observations and turns are the same every time; longer texts hardly ever come again. */
const MAX_CHARACTERS = 48;
const MAX_ENTRIES = 2048;

/** What workers answered to `/tokenize` for short texts: saves a request for each frame of an observation. */
export class TokenizeCache {
  private readonly entries = new Map<string, readonly number[]>();

  /** The worker's answer, asked for at most once as long as it is the same process. */
  async get(worker: WorkerRow, text: string, ask: () => Promise<readonly number[]>): Promise<readonly number[]> {
    if (text.length > MAX_CHARACTERS) return ask();
    // Another process may serve another model under the same name.
    const key = `${worker.id} ${worker.url} ${worker.restarts} ${text}`;
    const known = this.entries.get(key);
    if (known) return known;
    const tokenIds = await ask();
    const [oldest] = this.entries.keys();
    if (this.entries.size >= MAX_ENTRIES && oldest !== undefined) this.entries.delete(oldest);
    this.entries.set(key, tokenIds);
    return tokenIds;
  }
}
