import type { ServerResponse } from 'node:http';
import type { DemandReport, WorkerRow, WorkerTable } from '@interleave/contracts';
import { LoopbackServer } from '../http/loopback-server';
import { readJsonBody } from '../http/read-json-body';
import { sendError, sendJson, startEventStream } from '../http/responses';

export interface FakeModelPoolOptions {
  readonly table?: WorkerTable;
  readonly serviceToken?: string;
}

/** model-pool's worker table, its watch stream, and what it is told of demand. */
export class FakeModelPool {
  /** What gateways said of requests that wait, as it came. */
  readonly demand: (DemandReport & { readonly deployment: string })[] = [];
  private table: WorkerTable;
  private readonly watching = new Set<ServerResponse>();
  private readonly server = new LoopbackServer((request, response) => {
    const { serviceToken } = this.options;
    if (serviceToken !== undefined && request.headers.authorization !== `Bearer ${serviceToken}`) {
      return sendError(response, 401, 'invalid_api_key', 'Send the service token as "authorization: Bearer …".');
    }
    const path = new URL(request.url ?? '/', 'http://fake').pathname;
    if (path === '/v1/workers') return sendJson(response, 200, this.table);
    if (path === '/v1/workers/watch') return this.watch(response);
    const deployment = /^\/v1\/deployments\/([^/]+)\/demand$/.exec(path)?.[1];
    if (deployment !== undefined) {
      return void readJsonBody(request).then((report) => {
        this.demand.push({ deployment: decodeURIComponent(deployment), ...(report as unknown as DemandReport) });
        response.writeHead(202).end();
      });
    }
    sendError(response, 404, 'not_found', `There is no ${request.method} ${path}.`);
  });

  constructor(private readonly options: FakeModelPoolOptions = {}) {
    this.table = options.table ?? { revision: 0, workers: [] };
  }

  static async start(options: FakeModelPoolOptions = {}, port = 0): Promise<FakeModelPool> {
    const fake = new FakeModelPool(options);
    await fake.server.start(port);
    return fake;
  }

  get url(): string {
    return this.server.url;
  }

  /** Gateways that watch now. */
  get watchers(): number {
    return this.watching.size;
  }

  /** A new table for everyone who watches or asks. */
  publish(table: WorkerTable): void {
    this.table = table;
    for (const response of this.watching) writeTable(response, table);
  }

  /** The same with the next revision. */
  publishWorkers(workers: readonly WorkerRow[]): void {
    this.publish({ ...this.table, revision: this.table.revision + 1, workers });
  }

  /** Cuts the watch streams, as a restart of model-pool does. */
  cutWatchers(): void {
    for (const response of this.watching) response.socket?.destroy();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  refuseConnections(): Promise<void> {
    return this.server.refuseConnections();
  }

  acceptConnections(): Promise<void> {
    return this.server.acceptConnections();
  }

  private watch(response: ServerResponse): void {
    startEventStream(response);
    this.watching.add(response);
    response.once('close', () => this.watching.delete(response));
    writeTable(response, this.table);
  }
}

/** A row of the table as it is for a worker that is ready; overlaid with what the test says. */
export function readyWorker(row: Partial<WorkerRow> & Pick<WorkerRow, 'url'>): WorkerRow {
  return {
    id: 'demo-0',
    deployment: 'demo',
    served_names: ['demo'],
    api_key: null,
    engine: 'vllm',
    status: 'ready',
    max_model_len: 2048,
    max_running: null,
    devices: ['cpu:0'],
    restarts: 0,
    error: null,
    load: null,
    ...row,
  };
}

function writeTable(response: ServerResponse, table: WorkerTable): void {
  response.write(`data: ${JSON.stringify(table)}\n\n`);
}
