import type { WorkerStatus } from '@interleave/contracts';
import { METRICS } from '@interleave/platform';
import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { WorkerTableStore } from './worker-table';

const STATUSES: readonly WorkerStatus[] = ['starting', 'ready', 'draining', 'stopping', 'stopped', 'backoff', 'failed'];

/** The table as Prometheus metrics, read when they are asked for. */
@Injectable()
export class WorkerMetrics {
  constructor(@Inject(METRICS) registry: Registry, table: WorkerTableStore) {
    new Gauge({
      name: 'interleave_pool_workers',
      help: 'Workers by status',
      labelNames: ['status'],
      registers: [registry],
      collect() {
        const { workers } = table.current();
        for (const status of STATUSES) this.set({ status }, workers.filter((worker) => worker.status === status).length);
      },
    });
    new Gauge({
      name: 'interleave_pool_worker_restarts',
      help: 'Starts after a crash or a hang, since the worker was last started on request',
      labelNames: ['worker'],
      registers: [registry],
      collect() {
        for (const { id, restarts } of table.current().workers) this.set({ worker: id }, restarts);
      },
    });
  }
}
