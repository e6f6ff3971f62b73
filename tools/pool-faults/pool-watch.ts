import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentRow, WorkerRow, WorkerStatus, WorkerTable } from '@interleave/contracts';
import { readJsonEvents } from '@interleave/testing';

const LOOK_EVERY_MS = 20;

interface Moment {
  readonly atMs: number;
  readonly workers: readonly WorkerRow[];
}

/** model-pool as its operators and its gateways see it: every table since the beginning, and what can be asked of it. */
export class PoolWatch {
  private readonly moments: Moment[] = [];
  private readonly leaving = new AbortController();

  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static start(url: string, token: string): PoolWatch {
    const watch = new PoolWatch(url, token);
    void watch.follow();
    return watch;
  }

  get workers(): readonly WorkerRow[] {
    return this.moments.at(-1)?.workers ?? [];
  }

  worker(id: string): WorkerRow | undefined {
    return this.workers.find((row) => row.id === id);
  }

  /** The first moment from `sinceMs` on at which it was so. @throws Error after `timeoutMs`, with the table as it is then */
  async until(
    isSo: (workers: readonly WorkerRow[]) => boolean,
    what: string,
    timeoutMs: number,
    sinceMs = performance.now(),
  ): Promise<number> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const moment = this.since(sinceMs).find(({ workers }) => isSo(workers));
      if (moment) return Math.max(moment.atMs, sinceMs);
      const failed = this.workers.find(({ status }) => status === 'failed');
      if (failed) throw new Error(`${failed.id} failed: ${failed.error}`);
      if (performance.now() > deadline) {
        const table = this.workers.map(({ id, status, error }) => `${id} is ${status}${error ? ` (${error.split('\n')[0]})` : ''}`);
        throw new Error(`After ${timeoutMs / 1000} s still not: ${what}. ${table.join(', ')}`);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** The first moment since then at which the worker had this state. */
  untilWorker(id: string, status: WorkerStatus, timeoutMs: number, sinceMs?: number): Promise<number> {
    return this.until((workers) => workers.some((row) => row.id === id && row.status === status), `${id} is ${status}`, timeoutMs, sinceMs);
  }

  /** The fewest workers that were ready at once since then. */
  fewestReady(sinceMs: number): number {
    const seen = this.since(sinceMs);
    return Math.min(...seen.map(({ workers }) => workers.filter(({ status }) => status === 'ready').length));
  }

  async deployment(): Promise<DeploymentRow> {
    const { deployments } = (await this.ask('GET', '/v1/deployments')) as { deployments: DeploymentRow[] };
    const [first] = deployments;
    if (!first) throw new Error('model-pool has no deployment.');
    return first;
  }

  async ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }

  close(): void {
    this.leaving.abort();
  }

  /** The table as it was then, and every change after it. */
  private since(sinceMs: number): readonly Moment[] {
    const first = this.moments.findLastIndex(({ atMs }) => atMs <= sinceMs);
    return this.moments.slice(Math.max(0, first));
  }

  private async follow(): Promise<void> {
    const { signal } = this.leaving;
    try {
      const response = await fetch(`${this.url}/v1/workers/watch`, { headers: { authorization: `Bearer ${this.token}` }, signal });
      for await (const { workers } of readJsonEvents<WorkerTable>(response)) this.moments.push({ atMs: performance.now(), workers });
    } catch (error) {
      if (!signal.aborted)
        process.stderr.write(`The watch on model-pool broke: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}
