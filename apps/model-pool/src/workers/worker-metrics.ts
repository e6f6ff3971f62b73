import { WORKER_STATUSES } from '@interleave/contracts';
import { METRICS } from '@interleave/platform';
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { DeploymentsService } from '../deployments/deployments.service';
import { DemandKeeper } from './demand-keeper';
import { WorkerTableStore } from './worker-table';

/** The table as Prometheus metrics, read when they are asked for. */
@Injectable()
export class WorkerMetrics {
  constructor(@Inject(METRICS) registry: Registry, table: WorkerTableStore, deployments: DeploymentsService, demand: DemandKeeper) {
    new Gauge({
      name: 'interleave_pool_workers',
      help: 'Workers by status',
      labelNames: ['status'],
      registers: [registry],
      collect() {
        const { workers } = table.current();
        for (const status of WORKER_STATUSES) this.set({ status }, workers.filter((worker) => worker.status === status).length);
      },
    });
    new Gauge({
      name: 'interleave_pool_worker_restarts',
      help: 'Starts after a crash or a hang, since the worker was last started on request',
      labelNames: ['worker'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { id, restarts } of table.current().workers) this.set({ worker: id }, restarts);
      },
    });
    new Gauge({
      name: 'interleave_pool_requests',
      help: 'Requests in a worker, as it says itself',
      labelNames: ['worker', 'state'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { id, load } of table.current().workers) {
          if (!load) continue;
          this.set({ worker: id, state: 'running' }, load.running);
          this.set({ worker: id, state: 'waiting' }, load.waiting);
        }
      },
    });
    new Gauge({
      name: 'interleave_pool_kv_cache_use',
      help: 'Share of the KV cache in use',
      labelNames: ['worker'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { id, load } of table.current().workers) if (load?.kv_cache_use != null) this.set({ worker: id }, load.kv_cache_use);
      },
    });
    new Gauge({
      name: 'interleave_pool_copies',
      help: 'Copies of a deployment: at least, at most, wanted now, and ready',
      labelNames: ['deployment', 'state'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { name, min_models, max_models, wanted, ready } of deployments.list()) {
          for (const [state, copies] of Object.entries({ min: min_models, max: max_models, wanted, ready })) {
            this.set({ deployment: name, state }, copies);
          }
        }
      },
    });
    new Gauge({
      name: 'interleave_pool_held_requests',
      help: 'Requests that wait at gateways for a worker of a deployment',
      labelNames: ['deployment'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { name, held_requests } of deployments.list()) this.set({ deployment: name }, held_requests);
      },
    });
    const scalings = new Counter({
      name: 'interleave_pool_scalings_total',
      help: 'Changes of the number of copies that are wanted',
      labelNames: ['deployment', 'direction'],
      registers: [registry],
    });
    demand.listen(({ deployment, before, copies }) => scalings.inc({ deployment, direction: copies > before ? 'up' : 'down' }));
  }
}
