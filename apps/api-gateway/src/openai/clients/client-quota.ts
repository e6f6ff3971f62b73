import { AppError } from '@interleave/kernel';
import { ANYONE } from './api-key-ring';

const RETRY_AFTER_MS = 1000;

/** How many trajectories each client has running: one client can't take all places. Clients without a key are not told apart, and not limited. */
export class ClientQuota {
  private readonly running = new Map<string, number>();

  /** @param maxRunning of one client; 0: any number */
  constructor(private readonly maxRunning: number) {}

  /**
   * Counts this many in. The returned function counts them out and is to be called exactly once.
   * @throws AppError `busy` when the client has too many, `invalid_request` for a request that would always be too large
   */
  enter(client: string, count: number): () => void {
    if (this.maxRunning === 0 || client === ANYONE) return () => undefined;
    if (count > this.maxRunning) {
      throw new AppError(
        'invalid_request',
        `Your API key may have ${this.maxRunning} answers running, and this request asks for ${count}.`,
        {
          param: 'n',
        },
      );
    }
    const running = this.running.get(client) ?? 0;
    if (running + count > this.maxRunning) {
      throw new AppError('busy', `Your API key has ${running} of ${this.maxRunning} answers running; wait for one of them to end.`, {
        isRetryable: true,
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    this.running.set(client, running + count);
    return () => this.leave(client, count);
  }

  private leave(client: string, count: number): void {
    const left = (this.running.get(client) ?? 0) - count;
    if (left > 0) this.running.set(client, left);
    else this.running.delete(client);
  }
}
