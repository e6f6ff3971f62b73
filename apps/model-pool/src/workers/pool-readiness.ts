import type { Readiness } from '@interleave/platform';
import { Injectable } from '@nestjs/common';
import { WorkerPoolService } from './worker-pool.service';
import { WorkerTableStore } from './worker-table';

/** Ready while at least one worker is. */
@Injectable()
export class PoolReadiness implements Readiness {
  constructor(
    private readonly table: WorkerTableStore,
    private readonly pool: WorkerPoolService,
  ) {}

  notReadyBecause(): string | null {
    const { workers } = this.table.current();
    if (workers.some(({ status }) => status === 'ready')) return null;
    const broken = workers.find(({ error }) => error !== null);
    if (broken) return `No worker is ready; ${broken.id} is ${broken.status}: ${broken.error}`;
    return `No worker is ready yet: ${workers.map(({ id, status }) => `${id} is ${status}`).join(', ') || 'none has been started'}.`;
  }

  describe(): Record<string, unknown> {
    const { workers } = this.table.current();
    const [first] = this.pool.list();
    return {
      engine: first?.engine ?? 'external',
      model: first?.served_names[0] ?? workers[0]?.served_names[0] ?? null,
      workers: { ready: workers.filter(({ status }) => status === 'ready').length, total: workers.length },
    };
  }
}
