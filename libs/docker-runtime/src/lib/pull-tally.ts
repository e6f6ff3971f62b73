import type { PullProgress } from './detached-containers';

/** One line of what the engine reports while it pulls. */
export interface PullStep {
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** Adds up what the engine reports of each layer on its own. */
export class PullTally {
  private readonly layers = new Map<string, PullProgress>();

  add({ id, status, progressDetail }: PullStep): void {
    if (id === undefined) return;
    const { totalBytes = 0 } = this.layers.get(id) ?? {};
    const { current, total } = progressDetail ?? {};
    // What comes after the download, unpacking, counts from 0 again.
    if (status === 'Downloading' && current !== undefined) {
      this.layers.set(id, { receivedBytes: current, totalBytes: Math.max(total ?? 0, current) });
    } else if (status === 'Download complete' || status === 'Pull complete') {
      this.layers.set(id, { receivedBytes: totalBytes, totalBytes });
    }
  }

  get progress(): PullProgress {
    const sum = { receivedBytes: 0, totalBytes: 0 };
    for (const { receivedBytes, totalBytes } of this.layers.values()) {
      sum.receivedBytes += receivedBytes;
      sum.totalBytes += totalBytes;
    }
    return sum;
  }
}
