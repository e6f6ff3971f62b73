import { AppError } from '@interleave/kernel';
import type { ModelPoolSettings } from '@interleave/settings';
import type { Machine } from '@interleave/worker-lifecycle';
import type { PinoLogger } from 'nestjs-pino';
import type { StartCheck } from '../startup/check-start';
import type { Declaration } from './declaration';
import { checkTogether, resolveDeployment } from './deployment';
import type { Deployment } from './deployment';
import { DeploymentStore } from './deployment-store';

/** The deployments of this pool as they are wanted now; what the API changes of them outlasts a crash. */
export class DeploymentRegistry {
  private deployments: readonly Deployment[];
  private store: DeploymentStore | null = null;

  constructor(
    private readonly check: StartCheck,
    private readonly settings: ModelPoolSettings,
    private readonly log: PinoLogger,
  ) {
    this.deployments = check.deployments;
  }

  get machine(): Machine {
    return this.check.machine;
  }

  /** What there is to say about the machine and what is wanted of it now. */
  get warnings(): readonly string[] {
    return [...this.check.machineWarnings, ...checkTogether(this.deployments, this.machine)];
  }

  all(): readonly Deployment[] {
    return this.deployments;
  }

  get(name: string): Deployment | null {
    return this.deployments.find((candidate) => candidate.name === name) ?? null;
  }

  /** @throws AppError `not_found` */
  find(name: string): Deployment {
    const deployment = this.get(name);
    if (deployment) return deployment;
    throw new AppError('not_found', `There is no deployment "${name}": GET /v1/deployments lists them.`, { param: 'name' });
  }

  /** The list with one that is new, or in the place of the one of its name. @throws AppError `invalid_settings` */
  with(declaration: Declaration, restarts: number): readonly Deployment[] {
    const one = resolveDeployment(declaration, this.settings, this.machine, restarts);
    const all = [...new Map([...this.deployments, one].map((each) => [each.name, each])).values()];
    checkTogether(all, this.machine);
    return all;
  }

  /** Keeps the list from now on in the state directory, and takes what an earlier run, which crashed, was told through the API. */
  open(stateDirectory: string): void {
    this.store = new DeploymentStore(
      stateDirectory,
      this.check.deployments.map(({ declaration }) => declaration),
    );
    this.keep(this.stored() ?? this.deployments);
  }

  /** Written first: what a crash in the next moment leaves behind is known then. */
  keep(deployments: readonly Deployment[]): void {
    this.store?.write(deployments.map(({ declaration, restarts }) => ({ declaration, restarts })));
    this.deployments = deployments;
  }

  /** An orderly end: the next run begins anew. */
  forget(): void {
    this.store?.forget();
  }

  private stored(): readonly Deployment[] | null {
    const stored = this.store?.read() ?? null;
    if (stored === null) return null;
    try {
      const deployments = stored.map(({ declaration, restarts }) => resolveDeployment(declaration, this.settings, this.machine, restarts));
      checkTogether(deployments, this.machine);
      return deployments;
    } catch (error) {
      this.log.warn({ event: 'stored-deployments-void', because: error instanceof Error ? error.message : String(error) });
      return null;
    }
  }
}
