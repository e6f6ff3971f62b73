import type { ServedDeployment } from '@interleave/contracts';
import type { Readiness } from '@interleave/platform';
import { Injectable } from '@nestjs/common';
import { DeploymentRegistry } from '../deployments/deployment-registry';
import { WorkerTableStore } from './worker-table';

/** Ready while at least one worker is, or would be if somebody asked. */
@Injectable()
export class PoolReadiness implements Readiness {
  constructor(
    private readonly table: WorkerTableStore,
    private readonly registry: DeploymentRegistry,
  ) {}

  notReadyBecause(): string | null {
    const { workers, deployments } = this.table.current();
    // One that somebody else put to sleep is not for us to wake.
    if (workers.some(({ status, engine }) => status === 'ready' || (status === 'asleep' && engine !== 'external'))) return null;
    const hasFailed = ({ name }: ServedDeployment): boolean =>
      workers.some(({ deployment, status }) => deployment === name && status === 'failed');
    if (deployments?.some((deployment) => deployment.starts_on_demand && !hasFailed(deployment))) return null;
    const broken = workers.find(({ error }) => error !== null);
    if (broken) return `No worker is ready; ${broken.id} is ${broken.status}: ${broken.error}`;
    return `No worker is ready yet: ${workers.map(({ id, status, activity }) => `${id} is ${status}${activity ? ` (${activity})` : ''}`).join(', ') || 'none has been started'}.`;
  }

  describe(): Record<string, unknown> {
    const { workers } = this.table.current();
    const [first] = this.registry.all();
    return {
      engine: first?.plan.engine ?? 'external',
      model: first?.plan.servedNames[0] ?? workers[0]?.served_names[0] ?? null,
      workers: { ready: workers.filter(({ status }) => status === 'ready').length, total: workers.length },
    };
  }
}
