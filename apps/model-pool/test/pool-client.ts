import type { WorkerRow, WorkerStatus, WorkerTable } from '@interleave/contracts';
import { readJsonEvents, waitUntil } from '@interleave/testing';
import { SERVICE_TOKEN } from './pool-settings';

/** For any answer that is not a stream; a test has more time than that. */
const ANSWER_TIMEOUT_MS = 30_000;

/** What a gateway does with model-pool: asks for the table, and watches it. */
export class PoolClient {
  /** Every table that the watch stream brought. */
  readonly tables: WorkerTable[] = [];
  /** Why the stream broke off: model-pool was killed, as a rule. */
  endOfWatch: unknown = null;
  private readonly watching = new AbortController();

  constructor(readonly url: string) {}

  request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${SERVICE_TOKEN}`, ...(init.body ? { 'content-type': 'application/json' } : {}) };
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    return fetch(`${this.url}${path}`, { signal, ...init, headers });
  }

  /** Sends a JSON body and reads the answer. */
  async send(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await this.request(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  /** Ids of the workers as they are now, in the form `tiny-0 ready`. */
  async workers(): Promise<string[]> {
    return (await this.table()).workers.map(({ id, status }) => `${id} ${status}`).sort();
  }

  async table(): Promise<WorkerTable> {
    return (await (await this.request('/v1/workers')).json()) as WorkerTable;
  }

  /** Reads the watch stream until the client is closed or the server ends it. */
  watch(): this {
    this.readTables().catch((error: unknown) => {
      this.endOfWatch = error;
    });
    return this;
  }

  /** The first row of this worker, in the order of the stream, that is as wanted. */
  async until(isWanted: (row: WorkerRow) => boolean, timeoutMs = 15_000, id = 'tiny-0'): Promise<WorkerRow> {
    return waitUntil(() => this.rows(id).find(isWanted), timeoutMs, `no such row of ${id}: ${JSON.stringify(this.rows(id).at(-1))}`);
  }

  untilReady(id = 'tiny-0'): Promise<WorkerRow> {
    return this.until(({ status }) => status === 'ready', 15_000, id);
  }

  /** The rows of one worker as they came, from the n-th table on. */
  rows(id = 'tiny-0', from = 0): WorkerRow[] {
    return this.tables.slice(from).flatMap(({ workers }) => workers.filter((worker) => worker.id === id));
  }

  /** The course of its life, each status once. */
  course(id = 'tiny-0'): WorkerStatus[] {
    return this.rows(id)
      .map(({ status }) => status)
      .filter((status, index, all) => status !== all[index - 1]);
  }

  close(): void {
    this.watching.abort();
  }

  private async readTables(): Promise<void> {
    const response = await this.request('/v1/workers/watch', { signal: this.watching.signal });
    for await (const table of readJsonEvents<WorkerTable>(response)) this.tables.push(table);
  }
}

/** Tells the fake worker behind a row to do something. */
export async function control(row: WorkerRow, what: 'crash' | 'hang' | 'load', body: unknown = {}): Promise<void> {
  await fetch(`${row.url}/control/${what}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${row.api_key ?? ''}` },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
}
